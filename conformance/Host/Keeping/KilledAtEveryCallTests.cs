using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Weft.AlarmStore;
using Weft.Cluster.Embedded;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Observe;
using Weft.MeshAgent;
using Weft.MeshAgent.Certificates;
using Weft.Pcap;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A process that is killed in front of any call to the file system, or whose disk refuses any of them, leaves files that can be read and that hold all of what it had said
/// was kept. <c>WEFT_KILL_CALLS=all</c> tries every call; without it some.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
[UnsupportedOSPlatform("windows")]
public sealed class KilledAtEveryCallTests
{
    private const int CallsInShort = 5;

    private static bool IsLong => Environment.GetEnvironmentVariable("WEFT_KILL_CALLS") == "all";

    [Theory]
    [InlineData("signal=KILL")]
    [InlineData("error=ENOSPC")]
    [InlineData("error=EIO")]
    public void Whatever_happens_at_a_call_to_the_file_system_what_was_kept_can_be_read(string fault)
    {
        LiveRequirements.NeedPrograms("strace");
        int calls = Calls();
        Assert.True(calls > 20, $"only {calls} calls touch the files");
        int step = IsLong ? 1 : calls / CallsInShort;
        // Different ones in each run of the tests would be a failure that cannot be seen again.
        for (int call = 1; call <= calls; call += step)
        {
            using var folder = new TemporaryFolder();
            CommandResult writer = FileWriter.Run(folder.Path, (fault, call));
            Look(folder.Path, writer, $"{fault} at call {call} of {calls}");
        }
    }

    /// <summary>How many calls there are if nothing happens to any.</summary>
    private static int Calls()
    {
        using var folder = new TemporaryFolder();
        CommandResult writer = FileWriter.Run(folder.Path, fault: null);
        Assert.SkipUnless(writer.Succeeded || !writer.Error.Contains("ptrace", StringComparison.Ordinal), "needs leave to trace a process");
        Assert.True(writer.Succeeded, writer.Error);
        Look(folder.Path, writer, "nothing");
        foreach (string kind in (string[])["state", "sequence", "store", "alarms", "eve", "authority", "identity", "capture"])
        {
            Assert.Equal(FileWriter.Rounds, FileWriter.Done(writer, kind));
        }

        return File.ReadAllLines(folder.File("calls.txt")).Length;
    }

    private static void Look(string folder, CommandResult writer, string what)
    {
        what += $"\n{writer.Output}{writer.Error}";
        string state = Path.Combine(folder, "state"), sequence = Path.Combine(folder, "out.key.sequence");
        if (File.Exists(state) || FileWriter.Done(writer, "state") > 0)
        {
            SwitchSnapshot? kept = StateFile.Read(File.ReadAllBytes(state), DateTimeOffset.UtcNow, TimeSpan.FromHours(1), out _, out string? problem);
            Assert.True(kept is not null, $"{what}: the state: {problem}");
            Assert.True(RoundOf(kept.Name["round-".Length..]) >= FileWriter.Done(writer, "state"), $"{what}: the state is {kept.Name}");
        }

        if (File.Exists(sequence) || FileWriter.Done(writer, "sequence") > 0)
        {
            ulong next = ulong.Parse(File.ReadAllText(sequence).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
            Assert.True(next > (ulong)FileWriter.Done(writer, "sequence") * (1 << 26), $"{what}: the next sequence number is {next}");
        }

        long revision = 0;
        using (StoreLog.Open(Path.Combine(folder, "store"), record => revision = Math.Max(record.Commit?.Revision ?? 0, record.Image?.Revision ?? 0)))
        {
            Assert.True(revision >= FileWriter.Done(writer, "store"), $"{what}: the store has revision {revision}");
        }

        using (AlarmDatabase alarms = FileWriter.OpenAlarms(folder))
        {
            long occurrences = alarms.Latest(1) is [{ } last] ? last.Occurrences : 0;
            Assert.True(occurrences >= FileWriter.Done(writer, "alarms"), $"{what}: the last alarm is of round {occurrences}");
        }

        LookAtLines(Path.Combine(folder, "eve.json"), FileWriter.Done(writer, "eve"), what);
        LookAtMesh(Path.Combine(folder, "mesh"), writer, what);
        foreach (string capture in (string[])["out.pcapng", "out.pcap"])
        {
            string path = Path.Combine(folder, capture);
            int frames = File.Exists(path) ? Frames(path, what) : 0;
            Assert.True(frames >= FileWriter.Done(writer, "capture"), $"{what}: {capture} has {frames} frames");
        }
    }

    private static void LookAtLines(string path, int rounds, string what)
    {
        string lines = File.Exists(path) ? File.ReadAllText(path) : "";
        Assert.True(lines.Length == 0 || lines.EndsWith('\n'), $"{what}: half a line of EVE");
        foreach (string line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var record = JsonDocument.Parse(line);
        }

        Assert.True(lines.Count(letter => letter == '\n') >= 2 * rounds, $"{what}: lines of EVE are missing");
    }

    /// <summary>Certificates have their keys, at every moment, and there is an authority or a new one can be made.</summary>
    private static void LookAtMesh(string folder, CommandResult writer, string what)
    {
        string authority = Path.Combine(folder, DevelopmentAuthority.KeyName);
        if (!File.Exists(authority))
        {
            Assert.Equal(0, FileWriter.Done(writer, "authority"));
            DevelopmentAuthority.Initialize(folder, FileWriter.Domain, TimeProvider.System);
        }

        using (X509Certificate2.CreateFromPemFile(Path.Combine(folder, DevelopmentAuthority.CertificateName), authority))
        {
        }

        var files = CertificateFiles.InFolder(folder, FileWriter.Domain);
        int round = FileWriter.Done(writer, "identity");
        if (File.Exists(files.Certificate) || round > 0)
        {
            MeshIdentity identity = MeshIdentity.Load(files, TimeProvider.System);
            Assert.True(RoundOf(identity.Id.ToString()[$"spiffe://{FileWriter.Domain}/round-".Length..]) >= round, $"{what}: the certificate is that of {identity.Id}");
        }
    }

    /// <summary>Reads to the end; the last record may have been cut off. A file that was only made is empty.</summary>
    private static int Frames(string path, string what)
    {
        if (new FileInfo(path).Length == 0)
        {
            return 0;
        }

        using PcapReader reader = PcapReader.Open(path);
        int frames = 0;
        while (reader.TryRead(out _))
        {
            frames++;
        }

        Assert.True(reader.Error is PcapError.None or PcapError.Truncated, $"{what}: {path} cannot be read from {reader.Offset} on: {reader.Error}");
        return frames;
    }

    private static int RoundOf(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
