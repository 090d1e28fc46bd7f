using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// The services of one machine, on its own path to and from the network: each packet visits the services that its flow was
/// given when it began, in order, and everything they remember lies in the flow's own state, which scales, is saved and moves
/// with the machine.
/// </summary>
/// <remarks>
/// <para>
/// Use: offer bursts with <see cref="Process"/>, do what the results say, then take what services sent from <see cref="Outbox"/>; call
/// <see cref="Advance"/> ten times a second.
/// </para>
/// <para>
/// A flow is named by its addresses and ports as they are on the side that a packet comes from, so services between may translate
/// both. Whatever a machine's packets do, its flows, its state, its time and its faults are its own: a set shares nothing.
/// </para>
/// <para>
/// One thread uses a set. Nothing is allocated for a packet; a flow costs <see cref="BytesPerFlow"/> bytes, allocated at once.
/// </para>
/// </remarks>
public sealed partial class ServiceSet : IDisposable
{
    /// <summary>Most services of a set.</summary>
    public const int MaxServices = 64;

    /// <summary>Most packets of a burst.</summary>
    public const int MaxBurst = 256;

    /// <summary>Longest state of one service of one flow.</summary>
    public const int MaxStateBytes = 1024;

    private const int StateAlignment = 8;

    private readonly ServiceSetOptions _options;
    private readonly ServiceSlot[] _slots;
    private readonly FlowSide<FlowKey4, KeyKind4> _flows4;
    private readonly FlowSide<FlowKey6, KeyKind6> _flows6;
    private readonly ServiceLane[] _lanes = new ServiceLane[MaxBurst];
    private readonly bool _changesFlows;
    private readonly TooBig _tooBig;
    private readonly Rejections _rejections;
    private IServiceClassifier _classifier;
    private byte _generation;
    private ServiceSetCounters _counters;
    private ReasonCounts _reasons;

    /// <summary>Makes the services and allocates everything.</summary>
    /// <exception cref="ArgumentException">A service is unknown or named twice.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public ServiceSet(ServiceSetOptions options, ServiceCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(catalog);
        options.Validate();
        if (options.Services.Distinct().Count() != options.Services.Count)
        {
            throw new ArgumentException("A service is named twice.", nameof(options));
        }

        _options = options;
        _slots = [.. options.Services.Select(name => catalog.Create(name, options.Machine))];
        int stride = Arrange(_slots);
        BytesPerFlow = stride;
        (_flowRecordBytes, _moving) = (FlowRecordBytes(_slots), MovingState(_slots));
        _classifier = options.Classifier ?? RuleClassifier.Everything(_slots.Length);
        _flows4 = new FlowSide<FlowKey4, KeyKind4>(options.IPv4Flows, stride, options.Seed, options.Start);
        _flows6 = new FlowSide<FlowKey6, KeyKind6>(options.IPv6Flows, stride, options.Seed, options.Start);
        _fragments4 = new FragmentTracker<FragmentKey4, FlowHandle>(FragmentsOf(options));
        _fragments6 = new FragmentTracker<FragmentKey6, FlowHandle>(FragmentsOf(options));
        _released = new byte[FragmentsOf(options).FragmentBytes];
        _held = new PacketBatch(1, _released.Length);
        Outbox = new ServiceOutbox(options.OutboxBytes);
        _changesFlows = Array.Exists(_slots, slot => slot.ChangesFlow);
        _tooBig = new TooBig(options.Mtu, options.Start);
        _rejections = new Rejections(options.RejectionsPerSecond, options.Start);
        if (HasContainers)
        {
            (_returned, _back) = (new byte[MaxReturned], new PacketBatch(1, maxFrameBytes: MaxReturned));
        }
    }

    /// <summary>The machine.</summary>
    public MachineId Machine => _options.Machine;

    /// <summary>Names of its services in order.</summary>
    public IReadOnlyList<string> Services => _options.Services;

    /// <summary>Bytes of state that the services have of each flow.</summary>
    public int BytesPerFlow { get; }

    /// <summary>Flows that live, of both families.</summary>
    public int FlowCount => _flows4.Count + _flows6.Count;

    /// <summary>IPv4 flows that the set can have.</summary>
    public int IPv4Capacity => _flows4.Capacity;

    /// <summary>IPv6 flows that the set can have.</summary>
    public int IPv6Capacity => _flows6.Capacity;

    /// <summary>Bytes of memory that flows hold, whether they live or not.</summary>
    public long MemoryBytes => _flows4.MemoryBytes + _flows6.MemoryBytes;

    /// <summary>What happened so far.</summary>
    public ref readonly ServiceSetCounters Counters => ref _counters;

    /// <summary>Packets that services sent during the last burst.</summary>
    public ServiceOutbox Outbox { get; }

    /// <summary>When <see cref="Advance"/> has something to do next; the greatest timestamp if nothing waits.</summary>
    public Timestamp NextWork => _flows4.NextWork < _flows6.NextWork ? _flows4.NextWork : _flows6.NextWork;

    /// <summary>Senders that were told that their packets, made longer by a service, do not fit, and those that were not, to spare the network errors.</summary>
    public (long Told, long Spared) TooBigErrors => (_tooBig.Told, _tooBig.Spared);

    /// <summary>Senders that were told that their packets were rejected, and those that were not because of <see cref="ServiceSetOptions.RejectionsPerSecond"/>.</summary>
    public (long Told, long Spared) RejectionAnswers => (_rejections.Told, _rejections.Spared);

    /// <summary>Packets that did not go on for a reason.</summary>
    public long CountOf(ServiceReason reason) => _reasons[(int)reason];

    /// <summary>What a service of the set has done, by its place.</summary>
    public ref readonly ServiceCounters CountersOf(int service) => ref _slots[service].Counters;

    /// <summary>True if a service is left out after faults.</summary>
    public bool IsQuarantined(int service) => _slots[service].IsQuarantined;

    /// <summary>Lets a quarantined service work again.</summary>
    public void ReleaseFromQuarantine(int service) => _slots[service].Release();

    /// <summary>The instance of a service, for its operator: to read its counters or change its configuration between bursts.</summary>
    /// <exception cref="ArgumentException">The service at this place is of another type.</exception>
    public ref TService ServiceAt<TService, TState>(int service)
        where TService : struct, IService<TState>
        where TState : unmanaged
    {
        if (_slots[service] is not TypedServiceSlot<TService, TState> slot)
        {
            throw new ArgumentException($"The service {_slots[service].Name} is no {typeof(TService).Name}.", nameof(service));
        }

        return ref slot.Service;
    }

    /// <summary>What the services say of the flow of a packet, in the order in which it visited them. Allocates: for traces and tests.</summary>
    /// <param name="packet">The packet's place in the burst that was processed last.</param>
    public unsafe IReadOnlyList<(string Service, string? Words)> Explain(int packet)
    {
        ServiceLane lane = _lanes[packet];
        ServiceSlot[] visited = [.. _slots.Where(slot => new ServiceMask(lane.Visited).Contains(slot.Index))];
        var said = new (string, string?)[visited.Length];
        for (int i = 0; i < visited.Length; i++)
        {
            bool wasAnother = lane.IsChanged && new ServiceMask(_earlier[packet].Visited).Contains(visited[i].Index);
            byte* state = wasAnother ? _earlier[packet].State : lane.State;
            said[i] = (visited[i].Name, state is null ? null : visited[i].Explain(state));
        }

        return said;
    }

    /// <summary>
    /// Has new flows chosen for by another classifier. Flows that live keep their services until <see cref="ServiceVerdict.Reclassify"/>, or
    /// all at their next packets if <paramref name="reclassify"/>.
    /// </summary>
    public void SetClassifier(IServiceClassifier classifier, bool reclassify)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        _classifier = classifier;
        _generation += (byte)(reclassify ? 1 : 0);
    }

    /// <summary>Ends flows that were silent long enough, and forgets fragments.</summary>
    /// <param name="now">The time.</param>
    /// <param name="budget">Most flows looked at: the bound of the work.</param>
    /// <returns>Flows that ended.</returns>
    public int Advance(Timestamp now, int budget = 64)
    {
        var ended = new EndAll(_slots);
        int count = _flows4.Advance(now, _options.Timeouts, budget, ref ended) + _flows6.Advance(now, _options.Timeouts, budget, ref ended);
        _ = _fragments4.Advance(now, budget) + _fragments6.Advance(now, budget);
        _counters.FlowsEnded += count;
        return count;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _flows4.Dispose();
        _flows6.Dispose();
        _fragments4.Dispose();
        _fragments6.Dispose();
    }

    /// <summary>Gives each service its place in a flow's state, and says how long that is.</summary>
    private static int Arrange(ServiceSlot[] slots)
    {
        int offset = 0;
        for (int i = 0; i < slots.Length; i++)
        {
            (slots[i].Index, slots[i].StateOffset) = (i, offset);
            offset += (slots[i].StateBytes + StateAlignment - 1) & -StateAlignment;
        }

        return Math.Max(offset, StateAlignment);
    }

    private static FragmentTrackerOptions FragmentsOf(ServiceSetOptions options) =>
        options.Fragments ?? new FragmentTrackerOptions { Seed = options.Seed, Datagrams = 256, WaitingDatagrams = 16, HeldFragments = 16, HeldPerSource = 8 };

    private readonly unsafe struct EndAll(ServiceSlot[] slots) : IFlowEnd
    {
        public void End(byte* state)
        {
            foreach (ServiceSlot slot in slots)
            {
                slot.End(state);
            }
        }
    }

    [System.Runtime.CompilerServices.InlineArray((int)ServiceReason.Misrouted + 1)]
    private struct ReasonCounts
    {
        private long _first;
    }
}
