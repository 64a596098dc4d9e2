package io.jdbcmq.examples.kotlin

import io.jdbcmq.JobQueue
import io.jdbcmq.JobRegistry
import io.jdbcmq.embedded.EmbeddedPostgres
import io.jdbcmq.jackson3.Jackson3Codec
import io.jdbcmq.job.JobType
import io.jdbcmq.job.RetryPolicy
import org.postgresql.ds.PGSimpleDataSource
import tools.jackson.databind.DeserializationFeature
import tools.jackson.databind.json.JsonMapper
import tools.jackson.module.kotlin.KotlinModule
import java.time.Duration
import java.util.concurrent.CountDownLatch

/** Payload of a job. */
data class Greeting(val name: String, val language: String = "en")

/** The plain builder: Kotlin needs no annotation processor. */
inline fun <reified T : Any> jobType(name: String): JobType<T> = JobType.of(name, T::class.java)

val greet: JobType<Greeting> =
    jobType<Greeting>("greet").channel("greetings").retry(RetryPolicy.of(3, Duration.ofSeconds(1)))

/** Jackson with its Kotlin module, which knows data classes and their default values. */
fun kotlinCodec() =
    Jackson3Codec(
        JsonMapper.builder()
            .addModule(KotlinModule.Builder().build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build(),
    )

/** Sends two greetings in one transaction and prints them when they are run, in their order. */
fun main() {
    EmbeddedPostgres.builder().start().use { server ->
        val dataSource = PGSimpleDataSource().apply { setUrl(server.jdbcUrl()) }
        val queue = JobQueue.builder(dataSource).codec(kotlinCodec()).build()
        queue.migrate()

        val printed = CountDownLatch(2)
        val jobs =
            JobRegistry.builder()
                .handle(greet) { _, greeting ->
                    println(if (greeting.language == "de") "Hallo ${greeting.name}" else "Hello ${greeting.name}")
                    printed.countDown()
                }
                .build()

        dataSource.connection.use { connection ->
            connection.autoCommit = false
            queue.send(connection, greet.ordered().request(Greeting("Anna")))
            queue.send(connection, greet.ordered().request(Greeting("Ben", "de")))
            connection.commit()
        }
        queue.runner(jobs).start().use { printed.await() }
    }
}
