/** Where a run takes place: the server, the proxies in front of it, the processes. */
@NullMarked
package io.jdbcmq.torture.site;

import org.jspecify.annotations.NullMarked;
