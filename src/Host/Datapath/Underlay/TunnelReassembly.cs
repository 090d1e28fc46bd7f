using Weft.Encap;
using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Underlay;

/// <summary>
/// The frames that tunnel endpoints put together from fragments. A fragment that waits is booked as held, until its frame is
/// complete (consumed), given up or discarded (dropped); so the books balance at any time.
/// </summary>
internal sealed class TunnelReassembly
{
    /// <summary>Most frames given up in one round of the switch; the rest waits for the next, a moment later.</summary>
    private const int ExpireBudget = 64;

    private readonly TunnelReassembler?[] _reassemblers;
    private readonly ReassemblyCounters[] _booked;
    private readonly int[] _ports;
    private readonly SwitchPlan _plan;

    public TunnelReassembly(SwitchPlan plan, HashSeed seed)
    {
        _plan = plan;
        _ports = [.. plan.Vteps.Select(vtep => vtep.Port)];
        _booked = new ReassemblyCounters[plan.Vteps.Count];
        int longest = plan.PoolBufferBytes - Switch.HeadroomBytes;
        _reassemblers = [.. plan.Vteps.Select(vtep => vtep.Fragmentation.Policy == FragmentationPolicy.Fragment ? Create(vtep.Fragmentation, longest, seed) : null)];
    }

    /// <summary>When a frame's time is over; the greatest timestamp if none is under way.</summary>
    public Timestamp NextDeadline
    {
        get
        {
            Timestamp next = Timestamp.MaxValue;
            foreach (TunnelReassembler? reassembler in _reassemblers)
            {
                next = reassembler is not null && reassembler.NextDeadline < next ? reassembler.NextDeadline : next;
            }

            return next;
        }
    }

    /// <summary>What the endpoint's reassembler did so far; all zero if it has none.</summary>
    public ReassemblyCounters CountersOf(int vtep) => _booked[vtep];

    /// <summary>Takes one fragment. Whoever gets <see cref="ReassemblyVerdict.Stored"/> or <see cref="ReassemblyVerdict.Completed"/> must not book it again.</summary>
    public ReassemblyVerdict Add(PacketVector vector, int vtep, in DecapsulatedFrame piece, ReadOnlySpan<byte> bytes, out DatagramHandle handle)
    {
        var source = new FragmentSource(piece.Source, piece.Vni, (uint)vtep);
        ReassemblyVerdict verdict = _reassemblers[vtep]!.Add(source, piece.Fragment, bytes, piece.OuterEcn, vector.Now, out handle);
        Book(vector, vtep);
        return verdict;
    }

    /// <summary>The bytes of a complete frame.</summary>
    public Span<byte> Bytes(int vtep, DatagramHandle handle) => _reassemblers[vtep]!.Bytes(handle);

    /// <summary>The merged congestion field of a complete frame.</summary>
    public int Ecn(int vtep, DatagramHandle handle) => _reassemblers[vtep]!.Ecn(handle);

    /// <summary>Gives the place of a complete frame back.</summary>
    public void Release(int vtep, DatagramHandle handle) => _reassemblers[vtep]!.Release(handle);

    /// <summary>Gives up frames whose time is over. Call it when <see cref="NextDeadline"/> has come.</summary>
    public void Advance(PacketVector vector)
    {
        for (int vtep = 0; vtep < _reassemblers.Length; vtep++)
        {
            if (_reassemblers[vtep] is TunnelReassembler reassembler && reassembler.Expire(vector.Now, ExpireBudget) > 0)
            {
                Book(vector, vtep);
            }
        }
    }

    /// <summary>
    /// Goes on with the frames that an earlier configuration had under way, where the endpoint has not changed for them: a reload,
    /// and a rekey above all, costs no frame of which a fragment had come. Call it before the earlier one's <see cref="Stop"/>.
    /// </summary>
    public void TakeOver(TunnelReassembly old)
    {
        for (int vtep = 0; vtep < Math.Min(_reassemblers.Length, old._reassemblers.Length); vtep++)
        {
            if (_reassemblers[vtep] is not null && old._reassemblers[vtep] is not null && IsSame(_plan, old._plan, vtep))
            {
                _reassemblers[vtep]!.Dispose();
                (_reassemblers[vtep], old._reassemblers[vtep]) = (old._reassemblers[vtep], null);
                (_booked[vtep], old._booked[vtep]) = (old._booked[vtep], default);
            }
        }
    }

    /// <summary>Ends what waits: the switch stops, or gets another configuration.</summary>
    public void Stop(SwitchLedger ledger)
    {
        for (int vtep = 0; vtep < _reassemblers.Length; vtep++)
        {
            if (_reassemblers[vtep] is TunnelReassembler reassembler)
            {
                ledger.Held -= _booked[vtep].Waiting;
                ledger.Drop(DropReason.Stopping, _ports[vtep], _booked[vtep].Waiting);
                _booked[vtep].DiscardedFragments += _booked[vtep].Waiting;
                reassembler.Dispose();
                _reassemblers[vtep] = null;
            }
        }
    }

    private static bool IsSame(SwitchPlan plan, SwitchPlan old, int vtep)
    {
        (VtepPlan now, VtepPlan before) = (plan.Vteps[vtep], old.Vteps[vtep]);
        return (now.Name, now.Address, now.Kind, now.Fragmentation) == (before.Name, before.Address, before.Kind, before.Fragmentation)
            && plan.PoolBufferBytes == old.PoolBufferBytes
            // Fragments that came in clear text must not complete a frame whose rest has to come with ESP.
            && now.Security.Select(security => security.Peer).ToHashSet().SetEquals(before.Security.Select(security => security.Peer));
    }

    private static TunnelReassembler Create(FragmentationPlan plan, int longest, HashSeed seed) => new(new ReassemblyOptions
    {
        Seed = seed,
        MaxDatagrams = plan.MaxDatagrams,
        MaxDatagramBytes = Math.Min(plan.MaxFrameBytes, longest),
        MaxPerSource = plan.MaxPerSource,
        MaxPerVni = plan.MaxPerVni,
        MinFragmentBytes = plan.MinFragmentBytes,
        Timeout = plan.Timeout,
        LengthFromLast = plan.VxlanReservedBits,
    });

    private void Book(PacketVector vector, int vtep)
    {
        ref readonly ReassemblyCounters now = ref _reassemblers[vtep]!.Counters;
        ref ReassemblyCounters booked = ref _booked[vtep];
        SwitchLedger ledger = vector.Ledger;
        ledger.Held += now.Waiting - booked.Waiting;
        ledger.Consumed += now.CompletedFragments - booked.CompletedFragments;
        ledger.Drop(DropReason.FragmentOverlap, _ports[vtep], now.DiscardedFragments - booked.DiscardedFragments);
        ledger.Drop(DropReason.FragmentTimeout, _ports[vtep], now.ExpiredFragments - booked.ExpiredFragments);
        ledger.Drop(DropReason.FragmentQuota, _ports[vtep], now.EvictedFragments - booked.EvictedFragments);
        booked = now;
    }
}
