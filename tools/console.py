"""A board's console: mpremote's raw REPL, with the patience that a busy machine asks for."""

from mpremote.transport_serial import SerialTransport

PATIENCE_S = 60  # for what a board answers at once
READ_S = 1


class Console(SerialTransport):
    """Waits as long for each answer as mpremote does for none."""

    def __init__(self, address):
        # With a timeout: mpremote has reads that would wait for a dead board for ever.
        super().__init__(address, timeout=READ_S)

    def read_until(self, min_num_bytes, ending, timeout=PATIENCE_S, **others):
        return super().read_until(min_num_bytes, ending, timeout, **others)

    def enter_raw_repl(self, soft_reset=True, timeout_overall=PATIENCE_S):
        super().enter_raw_repl(soft_reset, timeout_overall)

    def exec_raw_no_follow(self, command):
        self.serial.timeout = PATIENCE_S  # of its reads of one or two bytes
        try:
            super().exec_raw_no_follow(command)
        finally:
            self.serial.timeout = READ_S
