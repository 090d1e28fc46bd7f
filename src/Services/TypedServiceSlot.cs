using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Services;

/// <summary>A slot whose service the compiler knows: the loop over a burst contains the service's code.</summary>
internal sealed unsafe class TypedServiceSlot<TService, TState>(string name, TService service) : ServiceSlot(name, TService.Info, sizeof(TState))
    where TService : struct, IService<TState>
    where TState : unmanaged
{
    private TService _service = service;

    /// <summary>The instance, for its operator.</summary>
    public ref TService Service => ref _service;

    public override void Process<TPackets>(ref TPackets packets, Span<ServiceLane> lanes, scoped ReadOnlySpan<ushort> which, int from, ref ServiceBurst burst)
    {
        ulong bit = 1UL << Index;
        int offset = StateOffset;
        for (int i = from; i < which.Length; i++)
        {
            burst.Position = i;
            int packet = which[i];
            ref ServiceLane lane = ref lanes[packet];
            lane.Visited |= bit;
            lane.Remaining &= ~bit;
            var call = new ServiceCall { Frame = packets.Bytes(packet), Layout = ref packets.Layout(packet), Burst = ref burst, Flow = lane.Flags };
            ServiceVerdict verdict = _service.Process(ref call, ref *(TState*)(lane.State + offset));
            (int front, int back, ServiceReason reason) = (call.Front, call.Back, call.Reason);
            if ((front | back) != 0)
            {
                verdict = Resize(ref packets, packet, front, back, lane.Flags, ref burst, ref *(TState*)(lane.State + offset), out reason);
            }

            if (call.IsDoubtful)
            {
                lane.Flags |= FlowFlags.Doubtful;
            }

            if (verdict != ServiceVerdict.Pass)
            {
                Settle(ref lane, verdict, reason, ref burst);
            }
        }

        Counters.Packets += which.Length - from;
    }

    public override void End(byte* flowState) => _service.End(ref *(TState*)(flowState + StateOffset));

    public override bool TryImport(ushort version, ReadOnlySpan<byte> bytes, byte* flowState)
    {
        ref TState state = ref *(TState*)(flowState + StateOffset);
        if (version != Info.StateVersion)
        {
            return TService.TryConvert(version, bytes, out state);
        }

        if (bytes.Length != sizeof(TState))
        {
            return false;
        }

        bytes.CopyTo(new Span<byte>(Unsafe.AsPointer(ref state), sizeof(TState)));
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ServiceVerdict Resize<TPackets>(ref TPackets packets, int packet, int front, int back, FlowFlags flow, ref ServiceBurst burst, ref TState state, out ServiceReason reason)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if (!packets.TryResize(packet, front, back))
        {
            reason = ServiceReason.TooLong;
            return ServiceVerdict.Drop;
        }

        var call = new ServiceCall { Frame = packets.Bytes(packet), Layout = ref packets.Layout(packet), Burst = ref burst, Flow = flow | FlowFlags.Resized };
        ServiceVerdict verdict = _service.Process(ref call, ref state);
        reason = call.Reason;
        if (PacketLayout.TryParse(packets.Bytes(packet), out packets.Layout(packet)))
        {
            return verdict;
        }

        reason = ServiceReason.Malformed;
        return ServiceVerdict.Drop;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Settle(ref ServiceLane lane, ServiceVerdict verdict, ServiceReason reason, ref ServiceBurst burst)
    {
        switch (verdict)
        {
            case ServiceVerdict.PassAndLeave:
                lane.Left |= 1UL << Index;
                break;
            case ServiceVerdict.Drop:
                Counters.Dropped++;
                lane.Stop(ServiceAction.Drop, reason == ServiceReason.None ? ServiceReason.Policy : reason, Index);
                break;
            case ServiceVerdict.Consume:
                Counters.Consumed++;
                lane.Stop(ServiceAction.Consume, ServiceReason.None, Index);
                break;
            case ServiceVerdict.Reclassify:
                lane.Reclassifies = true;
                burst.Reclassifies = true;
                break;
        }
    }
}
