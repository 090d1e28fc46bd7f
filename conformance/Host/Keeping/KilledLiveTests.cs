using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.Json;
using Weft.Cluster;
using Weft.Conformance.CliTests;
using Weft.Conformance.Support;
using Weft.Host.Datapath.Keeping;
using Weft.Host.Observe;
using Weft.Pcap;

namespace Weft.Conformance.HostTests;

/// <summary>
/// A switch that is killed at random moments, at work and while it stops, leaves nothing half written: what it kept can be read, and the next one starts.
/// <c>WEFT_KILL_ROUNDS</c> says how often; a few times without it.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
[UnsupportedOSPlatform("windows")]
public sealed class KilledLiveTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private ulong _sequence;
    private long _revision;
    private int _lines;

    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("WEFT_KILL_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? rounds : 5;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_switch_that_is_killed_at_any_moment_leaves_files_that_can_be_read_and_the_next_one_starts()
    {
        LiveRequirements.Need("ip", "kill", "ping");
        LiveRequirements.NeedTap();
        using NetNamespace space = NetNamespace.Create();
        string configuration = Write(space);
        var chance = new Random(23);
        for (int round = 0; round < Rounds; round++)
        {
            using RunningCommand weft = WeftProgram.Start("run", configuration);
            Assert.True(weft.WaitForOutput("is running with", Patience), $"round {round}: {weft.Error}");
            space.AddAddress("wa", "10.7.0.1/24");
            // Nobody is there: what comes out are broadcasts, which the rule alerts on.
            using RunningCommand noise = space.Start("ping", "-i", "0.01", "-b", "10.7.0.255");
            // The first one lives until it has written all that it writes; the others until any moment.
            Assert.True(round > 0 || await UntilAsync(() => Length("eve.json") > 0 && Length("store") > 0 && Length("out.key.sequence") > 0), weft.Error);
            await Task.Delay(chance.Next(400), TestContext.Current.CancellationToken);
            if (round % 2 == 0)
            {
                Signal("TERM", weft);
                await Task.Delay(chance.Next(120), TestContext.Current.CancellationToken);
            }

            Signal("KILL", weft);
            _ = weft.WaitForExit(Patience);
            await LookAsync(round);
        }

        // Else nothing was looked at.
        Assert.True(_lines > 0 && _sequence > 0 && _revision > 0, $"{_lines} alerts, next sequence number {_sequence}, revision {_revision}");
    }

    private static async Task<bool> UntilAsync(Func<bool> holds)
    {
        for (int look = 0; look < 600 && !holds(); look++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        return holds();
    }

    private long Length(string file) => File.Exists(_folder.File(file)) ? new FileInfo(_folder.File(file)).Length : 0;

    /// <summary>A signal to a process that may be at its end already.</summary>
    private static void Signal(string signal, RunningCommand weft) => _ = Command.Run("kill", $"-{signal}", $"{weft.ProcessId}");

    private async Task LookAsync(int round)
    {
        _ = StateFile.Take(_folder.File("state"), DateTimeOffset.UtcNow, TimeSpan.FromHours(1), out _, out string? problem);
        Assert.True(problem is null, $"round {round}: the state {problem}");

        string sequence = await File.ReadAllTextAsync(_folder.File("out.key.sequence"), TestContext.Current.CancellationToken);
        ulong next = ulong.Parse(sequence.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture);
        Assert.True(next > _sequence, $"round {round}: sequence numbers go from {_sequence} to {next}");
        _sequence = next;

        await using (var store = new EmbeddedStore(new EmbeddedStoreOptions { Path = _folder.File("store") }))
        {
            StoreSnapshot content = await store.ReadAsync("/", TestContext.Current.CancellationToken);
            Assert.True(content.Revision >= _revision, $"round {round}: the store goes from revision {_revision} back to {content.Revision}");
            _revision = content.Revision;
        }

        if (File.Exists(_folder.File("eve.json")))
        {
            string[] lines = await File.ReadAllLinesAsync(_folder.File("eve.json"), TestContext.Current.CancellationToken);
            Assert.All(lines, line => JsonDocument.Parse(line).Dispose());
            _lines = lines.Length;
        }

        foreach (string capture in Directory.EnumerateFiles(_folder.Path, "*.pcap*"))
        {
            Read(capture, round);
        }
    }

    /// <summary>Reads to the end; the last record may have been cut off.</summary>
    private static void Read(string capture, int round)
    {
        using PcapReader reader = PcapReader.Open(capture);
        while (reader.TryRead(out _))
        {
        }

        Assert.True(reader.Error is PcapError.None or PcapError.Truncated, $"round {round}: {capture} cannot be read from {reader.Offset} on: {reader.Error}");
    }

    private string Write(NetNamespace space)
    {
        _folder.Write("any.rules", "alert icmp any any -> any any (msg:\"ping\"; sid:1;)\n");
        foreach (string key in (string[])["out.key", "in.key"])
        {
            string path = _folder.Write(key, Convert.ToHexString(RandomNumberGenerator.GetBytes(20)));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return _folder.Write("killed.yaml", $$"""
            schema: weft/1
            switch: {name: killed, stateFile: state}
            cluster: {file: store, leaseSeconds: 3}
            ports:
              - {name: a, type: tap, device: wa, networkNamespace: {{space.Name}}, vlan: {mode: access, id: 10} }
              - {name: b, type: tap, device: wb, networkNamespace: {{space.Name}}, vlan: {mode: access, id: 20} }
              - {name: u, type: tap, device: wu, networkNamespace: {{space.Name}}, role: underlay, mtu: 1700}
            vteps:
              - name: t
                port: u
                address: 192.0.2.1/24
                security:
                  - {peer: 192.0.2.2, outbound: [{spi: 0x1001, keyFile: out.key}], inbound: [{spi: 0x2001, keyFile: in.key}]}
            segments:
              - {name: one, vlan: 10, vni: 100, vtep: t, peers: [192.0.2.2], discover: true}
              - {name: out, vlan: 20}
            routers:
              - {name: edge, interfaces: [{segment: one, addresses: [10.7.0.254/24]}, {segment: out, addresses: [10.8.0.1/24]}], routes: [{prefix: 0.0.0.0/0, via: 10.8.0.254}]}
            nat:
              - {name: n, router: edge, outside: out, inside: [10.7.0.0/24], shared: {addresses: [192.0.9.1], blockPorts: 1024} }
            ids:
              - {name: sensor, rules: [any.rules], eve: eve.json, pcap: alerts.pcap}
            """);
    }
}
