using Weft.Bench.Ratios;
using Weft.Packets;
using Weft.Services;

namespace Weft.Bench.Services;

/// <summary>
/// Packets of known flows through eight services that count them, lookup of the flow included, beside the same number of packets
/// through a classifier and eight Null elements of Click, which remember nothing.
/// </summary>
public sealed class ServiceChainRatio : IRatio
{
    private const int Burst = 64;
    private const int Services = 8;
    private const string ClickVariable = "WEFT_CLICK";

    private readonly ServiceResult[] _results = new ServiceResult[Burst];
    private PacketBatch[] _bursts = [];
    private ServiceSet? _set;
    private int _passes;
    private string _click = "";

    /// <inheritdoc/>
    public string Package => "Services";

    /// <inheritdoc/>
    public string Name => $"{Services} services for each packet of 4,096 flows, the flow's lookup included";

    /// <inheritdoc/>
    public string Unit => "ns/packet";

    /// <inheritdoc/>
    public string PeerName => $"Click: Classifier and {Services} Null elements";

    /// <inheritdoc/>
    public double Goal => 0.35;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _passes = shortRun ? 20 : 200;
        (_set, _bursts) = ServiceBenchBed.Make(Services);
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _click = Environment.GetEnvironmentVariable(ClickVariable) ?? "";
        return File.Exists(_click) ? null : $"needs Click's user-level driver; {ClickVariable} names it";
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        long start = ThreadClock.Nanoseconds;
        long packets = 0;
        for (int pass = 0; pass < _passes; pass++)
        {
            foreach (PacketBatch burst in _bursts)
            {
                PacketBatch packetsOfBurst = burst;
                _set!.Process(ref packetsOfBurst, ServiceDirection.FromMachine, _results, ServiceBenchBed.Start);
                packets += Burst;
            }
        }

        return new Sample((double)(ThreadClock.Nanoseconds - start) / packets, (ulong)packets);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long packets = (long)_passes * _bursts.Length * Burst;
        double empty = Run(packets, elements: 0);
        return new Sample((Run(packets * 20, Services) - empty) / (packets * 20), (ulong)packets);
    }

    /// <inheritdoc/>
    public void Dispose() => _set?.Dispose();

    private double Run(long packets, int elements)
    {
        // Without elements the source alone: its cost, and that of starting, is not what is compared.
        string chain = string.Concat(Enumerable.Repeat("-> Null ", elements));
        string classifier = elements == 0 ? "" : "-> c :: Classifier(12/0800, -); c[1] -> Discard; c[0] ";
        long limit = elements == 0 ? 1 : packets;
        (long nanoseconds, _, _) = PeerProcess.Run(_click, "-e", $"InfiniteSource(DATA \\<00000000000100000000000208004500002e000040004011>, LIMIT {limit}, BURST 32, STOP true) {classifier}{chain}-> Discard;");
        return nanoseconds;
    }
}
