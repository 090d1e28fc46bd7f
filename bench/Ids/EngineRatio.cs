using Weft.Bench.Ratios;
using Weft.Flows;
using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Bench.Ids;

/// <summary>
/// Whole detection, from the file of a capture to alerts, beside Suricata: same capture, same rules, one thread, no logs, time
/// without start-up. Suricata is the program that <c>WEFT_SURICATA</c> names (with <c>WEFT_SURICATA_CONFIG</c> for its
/// configuration) or the one on the PATH; it runs as <c>suricata --runmode single -k none -r CAPTURE -S RULES</c> over the
/// capture many times repeated and over it once, each round, and the difference of the CPU times is what its packets cost. A start
/// takes as long as half a million packets, so the capture is repeated as often in a short run, too.
/// </summary>
public sealed class EngineRatio : IRatio
{
    private const int Repetitions = 40;
    private const int AlertsPerPacket = 64;

    private EngineMaterial? _material;
    private string _program = "";

    /// <inheritdoc/>
    public string Package => "Ids";

    /// <inheritdoc/>
    public string Name => "inspect captures with public rules";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => "Suricata, one thread, without start-up";

    /// <inheritdoc/>
    public double Goal => 0.2;

    /// <inheritdoc/>
    public Statistic Statistic => Statistic.Median;

    /// <inheritdoc/>
    public void SetUp(bool shortRun) => _material = EngineMaterial.TryCreate(Repetitions);

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        if (_material is null)
        {
            return "needs suricata-verify and et-open in the folder that WEFT_DATA names";
        }

        _program = Environment.GetEnvironmentVariable("WEFT_SURICATA") ?? "suricata";
        if (!File.Exists(_program) && !PeerProcess.Exists(_program))
        {
            return "no suricata on the PATH or in WEFT_SURICATA";
        }

        _ = Run(_material.OncePath, out int exitCode);
        return exitCode == 0 ? null : $"suricata ends with {exitCode}";
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        if (_material is null)
        {
            return new Sample(0, 0);
        }

        using var detector = new IntrusionDetector(_material.Image, new DetectorOptions { Seed = new HashSeed(1, 2) });
        var alerts = new Alert[AlertsPerPacket];
        long start = ThreadClock.Nanoseconds;
        using (var reader = PcapReader.Open(_material.RepeatedPath))
        {
            while (reader.TryRead(out PcapPacket packet))
            {
                _ = PacketLayout.TryParse(packet.Data, out PacketLayout layout);
                _ = detector.Inspect(packet.Data, in layout, packet.Timestamp, alerts, out _);
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / ((long)_material.Packets * _material.Repetitions), 0);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        double once = Run(_material!.OncePath, out _);
        double repeated = Run(_material.RepeatedPath, out _);
        return new Sample((repeated - once) / ((long)_material.Packets * (_material.Repetitions - 1)), 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _material?.Dispose();

    private double Run(string capture, out int exitCode)
    {
        string[] configuration = Environment.GetEnvironmentVariable("WEFT_SURICATA_CONFIG") is string path ? ["-c", path] : [];
        (long time, exitCode, _) = PeerProcess.Run(
            _program,
            [
                .. configuration, "--runmode", "single", "-k", "none", "-r", capture, "-S", _material!.RulesPath, "-l", _material.Folder,
                "--set", "outputs.0.fast.enabled=no", "--set", "outputs.1.eve-log.enabled=no", "--set", "stats.enabled=no",
            ]);
        return time;
    }
}
