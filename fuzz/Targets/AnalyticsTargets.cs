using System.Text;
using Weft.Analytics;
using Weft.Fuzz.Mutation;
using Weft.Host.Analytics.Behaviour;
using Weft.Host.Analytics.Processes;
using Weft.Host.Analytics.Quotients;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

internal sealed class FlowMeterTarget : EngineTarget<FlowMeterTarget.Meter>
{
    public override string Name => "flow-meter";

    public override string What => "conversations measured and exported as IPFIX";

    public override IReadOnlyList<string> Assemblies => ["Analytics", "Flows"];

    protected override Meter Make(Timestamp start) => new();

    protected override void Step(Meter engine, in ScriptStep step, Timestamp now) => engine.Take(step.Where, step.Bytes, now);

    internal sealed class Meter : IDisposable
    {
        private readonly FlowMeter _meter = new(new FlowMeterOptions { Flows = 16, Reports = 64, Seed = new HashSeed(1, 2) });
        private readonly IpfixWriter _writer = new(7);
        private readonly byte[] _message = new byte[1_400];

        public void Take(byte where, ReadOnlySpan<byte> frame, Timestamp now)
        {
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            _meter.Observe(frame, in layout, now);
            _meter.Advance(now);
            if (where == 0xFF)
            {
                _meter.Stop();
            }

            var reports = new List<FlowReport>();
            while (_meter.TryTake(out FlowReport report))
            {
                Require(report.Packets + report.ReversePackets > 0 && report.Bytes >= 0 && report.ReverseBytes >= 0 && report.First <= report.Last, $"an impossible report: {report}");
                reports.Add(report);
            }

            for (ReadOnlySpan<FlowReport> rest = reports.ToArray(); !rest.IsEmpty;)
            {
                int taken = _writer.WriteData(rest, _message, 1, 0, out int written);
                Require(taken > 0 && written <= _message.Length, "a message without records, or longer than it may be");
                rest = rest[taken..];
            }
        }

        public void Dispose() => _meter.Dispose();
    }
}

internal sealed class ModelsTarget : BytesTarget
{
    private static readonly DateTimeOffset Wall = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly Timestamp Now = Timestamp.FromSeconds(1_000_000);

    private BehaviourDetector? _detector;

    public override string Name => "learned-models";

    public override string What => "what was learned of processes and flows, after whatever happened to the database that keeps it";

    public override IReadOnlyList<string> Assemblies => ["Host", "Analytics"];

    public override int MaxBytes => 16_384;

    /// <summary>Few: what was learned grows from case to case, and every restart counts all of it.</summary>
    public override int CasesOfLife => 40;

    public override void Reset()
    {
        _detector?.Dispose();
        _detector = Detector();
    }

    public override IEnumerable<byte[]> Beginnings()
    {
        using BehaviourDetector learning = Detector(), learned = Detector();
        yield return [0, .. learning.Save().ToBytes()];
        learned.FinishLearning(Wall);
        yield return [2, .. learned.Save().ToBytes()];
        var flow = new ObservedFlow(-1, IPv6Address.Parse("2001:db8::1"), -1, IPv6Address.Parse("2001:db8::2"), IpProtocol.Tcp, 443);
        yield return [1, .. new FlowLog([new(flow, Now)], [new(Wall, 0.5)]).Store(Now, Wall).State.Span];
    }

    public override void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        byte[] state = input[1..].ToArray();
        if ((input[0] & 1) == 0)
        {
            if (_detector is null)
            {
                Reset();
            }

            // To go on with it is dear: some do, and some of those do what follows a start.
            bool goesOn = Hash(input) % 16 == 0;
            if (BehaviourState.TryRead(new StoredModel(BehaviourState.Format, state)) is { } learned && goesOn && _detector!.TryRestore(learned) && (input[0] & 2) != 0)
            {
                _detector.Regroup();
                _detector.Publish();
                Require(BehaviourState.TryRead(new StoredModel(BehaviourState.Format, _detector.Save().ToBytes())) is not null, "a state that cannot be read again");
            }
        }
        else if (FlowLog.TryRead(new StoredModel(FlowLog.Format, state), Now, Wall) is { } log)
        {
            Require(FlowLog.TryRead(log.Store(Now, Wall), Now, Wall)?.Flows.Count == log.Flows.Count, "a log that cannot be read again");
        }
    }

    /// <summary>FNV-1a: of all bytes, so that what is made of an input that goes on need not do so.</summary>
    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        uint hash = 2_166_136_261;
        foreach (byte each in bytes)
        {
            hash = (hash ^ each) * 16_777_619;
        }

        return hash;
    }

    private static BehaviourDetector Detector() => new(new ProcessWatchPlan { FeatureBits = 256 }, new HashSeed(1, 2), Wall);
}

internal sealed class ProcfsTarget : BytesTarget
{
    public override string Name => "procfs";

    public override string What => "tables of sockets in /proc, and command lines";

    public override IReadOnlyList<string> Assemblies => ["Host"];

    protected override IReadOnlyList<byte[]> Words => Texts("0100007F:0016", "00000000000000000000FFFF0100007F:0016", " 0A ", "\n", "  ", "-", "--bind=", "://", "/usr/bin/", "\0", "-c", "99999999999999999999");

    public override IEnumerable<byte[]> Beginnings() => Texts(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1\n",
        "head\n   0: 00000000000000000000000001000000:0050 00000000000000000000FFFF0100007F:0000 0A 0:0 0:0 0 0 0 77 1\n",
        "/usr/sbin/nginx\0-c\0/etc/nginx/nginx.conf\0--bind=0.0.0.0\0http://a/b\0-30\0");

    public override void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        SocketTable.Parse(text.Split('\n'), isTcp: true, []);
        foreach (string word in CommandLineShape.Of(text.Split('\0')))
        {
            Require(word.Length <= input.Length + 16, "a shape that is longer than the command line");
        }
    }
}
