using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A service in a process of its own, written in another language after the layout in the documentation of the ring alone: it drops packets
/// that hold a word and gives all others back as they are.
/// </summary>
internal static class ContainerProcess
{
    public const string Python = "/usr/bin/python3";

    private const string Program = """
        import mmap, os, struct, sys, time
        path, word = sys.argv[1], sys.argv[2].encode()
        while not os.path.exists(path): time.sleep(0.005)
        f = open(path, 'r+b')
        m = mmap.mmap(f.fileno(), 0)
        u32 = lambda at: struct.unpack_from('=I', m, at)[0]
        magic, version, slots, size = struct.unpack_from('=4I', m, 0)
        assert (magic, version) == (0x57454654, 1), (magic, version)
        taken, given, beat = u32(64), u32(128), struct.unpack_from('=Q', m, 192)[0]
        print('joined', flush=True)
        while True:
            beat += 1
            struct.pack_into('=Q', m, 192, beat)
            if u32(64) == taken:
                time.sleep(0.0005)
                continue
            slot, ticket, length = struct.unpack_from('=iIi', m, 256 + taken % slots * 16)
            taken = taken + 1 & 0xffffffff
            packet = 256 + 32 * slots + slot * size
            verdict = 2 if word in m[packet:packet + length] else 0
            struct.pack_into('=iIiB', m, 256 + 16 * slots + given % slots * 16, slot, ticket, length, verdict)
            given = given + 1 & 0xffffffff
            struct.pack_into('=I', m, 128, given)
        """;

    /// <summary>Starts it for the file of an instance, and waits until it has joined.</summary>
    public static RunningCommand Start(string path, string word)
    {
        RunningCommand process = Command.Start(Python, "-u", "-c", Program, path, word);
        Assert.True(process.WaitForOutput("joined", TimeSpan.FromSeconds(60)), process.Output + process.Error);
        return process;
    }
}
