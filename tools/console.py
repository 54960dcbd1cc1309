"""A board's console: mpremote's raw REPL, with longer time limits, for a busy machine."""

from mpremote.transport_serial import SerialTransport

PATIENCE_S = 60  # for answers that a board gives at once
READ_S = 1


class Console(SerialTransport):
    """mpremote's transport, which waits up to PATIENCE_S for each answer."""

    def __init__(self, address):
        # With a timeout: some of mpremote's reads would wait for a dead board for ever.
        super().__init__(address, timeout=READ_S)

    def read_until(self, min_num_bytes, ending, timeout=PATIENCE_S, **others):
        return super().read_until(min_num_bytes, ending, timeout, **others)

    def enter_raw_repl(self, soft_reset=True, timeout_overall=PATIENCE_S):
        super().enter_raw_repl(soft_reset, timeout_overall)

    def exec_raw_no_follow(self, command):
        self.serial.timeout = PATIENCE_S  # for its reads of one or two bytes
        try:
            super().exec_raw_no_follow(command)
        finally:
            self.serial.timeout = READ_S
