using System.Diagnostics;
using Weft.Bench.Ratios;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Tapping;
using Weft.Host.Observe.Captures;
using Weft.Packets;
using Switch = Weft.Host.Datapath.Switch;

namespace Weft.Bench.Host;

/// <summary>A switch that bridges while everything that comes in and goes out is captured through a filter, beside the same switch that nobody captures in. What the writer of the file does costs another thread.</summary>
public sealed class CaptureRatio : IRatio
{
    private const int Burst = 64;
    private const string Configuration = """
        schema: weft/1
        ports:
          - {name: a, type: tap, device: a, vlan: {mode: access, id: 10}}
          - {name: b, type: tap, device: b, vlan: {mode: access, id: 10}}
        segments:
          - {name: blue, vlan: 10, static: [{mac: "02:00:00:00:00:0b", port: b}]}
        """;

    private int _rounds = 20_000;
    private Switch? _captured;
    private Switch? _alone;
    private CaptureSession? _session;
    private Timestamp _now = Timestamp.FromSeconds(1);

    /// <inheritdoc/>
    public string Package => "Host";

    /// <inheritdoc/>
    public string Name => "bridge a frame of 60 bytes that is captured coming in and going out";

    /// <inheritdoc/>
    public string Unit => "ns/frame";

    /// <inheritdoc/>
    public string PeerName => "the same switch without a capture";

    /// <inheritdoc/>
    public double Goal => 2;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _rounds = shortRun ? 2_000 : _rounds;
        (_captured, _alone) = (Build(), Build());
        _session = new CaptureSession(new CaptureRequest { Filter = "not tcp port 22" }, _captured.Plan, _captured.Workers[0].Graph.Stages.Select(StageNames.Of));
        _captured.Attach(_session);
    }

    /// <inheritdoc/>
    public string? SetUpPeer() => null;

    /// <inheritdoc/>
    public Sample Ours() => Measure(_captured!, _session!.LaneOf(0, _captured!.Plan));

    /// <inheritdoc/>
    public Sample Peer() => Measure(_alone!, lane: null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _captured?.Dispose();
        _alone?.Dispose();
    }

    private Sample Measure(Switch of, TapLane? lane)
    {
        long frames = 0;
        long ticks = 0;
        for (int round = 0; round < _rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            frames += of.RunOnce(_now += TimeSpan.FromMicroseconds(10));
            ticks += Stopwatch.GetTimestamp() - start;
            while (lane?.TryTake(out TapRecord? record) == true)
            {
                lane.Return(record!);
            }
        }

        return new Sample(ticks * 1e9 / Stopwatch.Frequency / frames, (ulong)frames);
    }

    private static Switch Build()
    {
        SwitchPlan plan = ConfigurationFile.ReadText(Configuration, "bench").Plan! with { VectorSize = Burst };
        byte[] frame = new byte[60];
        MacAddress.Parse("02:00:00:00:00:0b").Write(frame);
        MacAddress.Parse("02:00:00:00:00:0a").Write(frame.AsSpan(6));
        frame[12] = 0x88;
        frame[13] = 0xB5;
        return new Switch(plan, [new TemplatePort("a", frame), new TemplatePort("b")], new SwitchOptions { Start = Timestamp.FromSeconds(1) });
    }
}
