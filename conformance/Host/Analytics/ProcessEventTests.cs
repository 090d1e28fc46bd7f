using Weft.Conformance.Support;
using Weft.Host.Analytics.Processes;

namespace Weft.Conformance.HostTests;

/// <summary>Datagrams of the process connector, recorded from Linux 6.18 while a Python program started a thread and ended with code 0.</summary>
[Trait(Kind.Key, Kind.Corpus)]
public sealed class ProcessEventTests
{
    private const string Acknowledgement = "4c000000030000000206000000000000010000000100000002060000010000002800000000000000010000006292c5c118160000000000000000000000000000000000000000000000000000";
    private const string Fork = "4c000000030000000306000000000000010000000100000003060000000000002800000001000000010000005ac9c6c118160000835c0000835c0000845c0000845c00000000000000000000";
    private const string Exec = "4c000000030000000406000000000000010000000100000004060000000000002800000002000000010000008d0624c218160000845c0000845c000000000000000000000000000000000000";
    private const string NewThread = "4c0000000300000005060000000000000100000001000000050600000000000028000000010000000100000096ef84c318160000835c0000835c0000855c0000845c00000000000000000000";
    private const string ThreadEnd = "4c00000003000000e3050000000000000100000001000000e3050000000000002800000000000080000000001aeacdc618160000855c0000845c000000000000ffffffff0000000000000000";
    private const string Exit = "4c00000003000000060600000000000001000000010000000606000000000000280000000000008001000000a6ccfbc618160000845c0000845c00000000000011000000835c0000835c0000";

    [Fact]
    public void A_program_is_forked_runs_and_ends_and_its_thread_is_no_process()
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "the recording is of a little-endian machine");
        ProcessEvent[] events = Parse(string.Concat(Acknowledgement, Fork, Exec, NewThread, ThreadEnd, Exit), out bool malformed);
        Assert.False(malformed);
        Assert.Equal(
            [
                new ProcessEvent(ProcessEventKind.Fork, 23684, 23683),
                new ProcessEvent(ProcessEventKind.Exec, 23684, 0),
                new ProcessEvent(ProcessEventKind.Exit, 23684, 0),
            ],
            events);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void Whatever_the_bytes_are_reading_ends_within_them()
    {
        byte[] good = Convert.FromHexString(Fork + Exec + Exit);
        var random = new Random(7);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bad = good[..random.Next(good.Length + 1)];
            for (int changes = random.Next(6); changes > 0 && bad.Length > 0; changes--)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            Span<ProcessEvent> events = new ProcessEvent[2];
            Assert.InRange(ProcessEventParser.Parse(bad, events, out _), 0, 2);
        }
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_length_that_is_not_there_is_malformed()
    {
        Assert.Single(Parse(Exec + Fork[..^8], out bool malformed));
        Assert.True(malformed);
    }

    private static ProcessEvent[] Parse(string datagram, out bool malformed)
    {
        ProcessEvent[] events = new ProcessEvent[16];
        return events[..ProcessEventParser.Parse(Convert.FromHexString(datagram), events, out malformed)];
    }
}
