package io.jdbcmq.examples.kotlin

import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Path
import java.util.concurrent.TimeUnit

class GreetingsIT {
    @Test
    fun `both greetings are printed in their order`(@TempDir folder: Path) {
        val out = folder.resolve("out.txt").toFile()
        val err = folder.resolve("err.txt").toFile()
        val java = Path.of(System.getProperty("java.home"), "bin", "java").toString()
        val process =
            ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), "io.jdbcmq.examples.kotlin.GreetingsKt")
                .redirectOutput(out)
                .redirectError(err)
                .start()
        val ended = process.waitFor(3, TimeUnit.MINUTES)
        process.destroy()
        assertThat(ended).`as`(err.readText()).isTrue()
        assertThat(process.exitValue()).`as`(err.readText()).isZero()
        assertThat(out.readLines()).containsExactly("Hello Anna", "Hallo Ben")
    }
}
