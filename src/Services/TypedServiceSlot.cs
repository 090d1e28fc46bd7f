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
            lane.Remaining &= ~bit;
            if (TService.ChangesFlow)
            {
                burst.Remember(packets.Bytes(packet), packets.Layout(packet), ref lane);
            }

            var call = new ServiceCall { Frame = packets.Bytes(packet), Layout = ref packets.Layout(packet), Burst = ref burst, Lane = ref lane };
            ServiceVerdict verdict = _service.Process(ref call, ref *(TState*)(lane.State + offset));
            if (verdict != ServiceVerdict.Pass || call.HasRequest)
            {
                ServiceRequest request = call.Request;
                Settle(ref packets, packet, ref lane, verdict, request, ref burst, ref *(TState*)(lane.State + offset));
            }
        }

        Counters.Packets += which.Length - from;
    }

    /// <summary>Asked once: asking a struct whether it is something else boxes it.</summary>
    public override IReadOnlyList<ContainerRing> Rings { get; } = service is IContainer container ? container.Rings : [];

    public override bool ChangesFlow => TService.ChangesFlow;

    public override void End(byte* flowState) => _service.End(ref *(TState*)(flowState + StateOffset));

    public override string? Explain(byte* flowState) => _service.Explain(in *(TState*)(flowState + StateOffset));

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

    public override void CatchUp(byte* flowState) => TService.CatchUp(ref *(TState*)(flowState + StateOffset));

    public override int MachineEntries => _service.MachineEntries;

    public override int ExportMachine(int entry, Span<byte> into) => _service.ExportMachine(entry, into);

    public override bool TryImportMachine(ReadOnlySpan<byte> entry) => _service.TryImportMachine(entry);

    /// <summary>What is rare: the packet does not simply go on, or the service asked for something.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Settle<TPackets>(ref TPackets packets, int packet, ref ServiceLane lane, ServiceVerdict verdict, ServiceRequest request, ref ServiceBurst burst, ref TState state)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        if ((request.Front | request.Back) != 0)
        {
            verdict = Resize(ref packets, packet, ref request, ref lane, ref burst, ref state);
        }

        lane.Flags |= request.IsDoubtful ? FlowFlags.Doubtful : FlowFlags.None;
        switch (verdict)
        {
            case ServiceVerdict.PassAndLeave:
                lane.Left |= 1UL << Index;
                break;
            case ServiceVerdict.Drop:
                Counters.Dropped++;
                lane.Stop(ServiceAction.Drop, request.Reason == ServiceReason.None ? ServiceReason.Policy : request.Reason, Index);
                burst.Diverges = true;
                break;
            case ServiceVerdict.Consume:
                Counters.Consumed++;
                lane.Stop(ServiceAction.Consume, ServiceReason.None, Index);
                burst.Diverges = true;
                break;
            case ServiceVerdict.ChangeFlow when TService.ChangesFlow:
                lane.Change(Index);
                burst.Diverges = true;
                break;
            case ServiceVerdict.ChangeFlow:
                throw new InvalidOperationException($"{typeof(TService).Name} does not say that it changes flows.");
            case ServiceVerdict.OutOfOrder:
                Excuse(ref lane, ServiceReason.ServiceUnavailable, ref burst);
                break;
            case ServiceVerdict.Reclassify:
                lane.Reclassifies = true;
                burst.Reclassifies = true;
                break;
        }
    }

    /// <summary>Gives the packet the length that was asked for and has the service write it.</summary>
    private ServiceVerdict Resize<TPackets>(ref TPackets packets, int packet, ref ServiceRequest request, ref ServiceLane lane, ref ServiceBurst burst, ref TState state)
        where TPackets : struct, IServicePackets, allows ref struct
    {
        bool fits = burst.TooBig.Fits(packets.Bytes(packet), packets.Layout(packet), request.Front + request.Back);
        if (!fits || !packets.TryResize(packet, request.Front, request.Back))
        {
            burst.TooBig.Tell(packets.Bytes(packet), packets.Layout(packet), request.Front + request.Back, lacksRoom: fits, burst);
            request.Reason = ServiceReason.TooLong;
            return ServiceVerdict.Drop;
        }

        lane.Flags |= FlowFlags.Resized;
        var call = new ServiceCall { Frame = packets.Bytes(packet), Layout = ref packets.Layout(packet), Burst = ref burst, Lane = ref lane };
        ServiceVerdict verdict = _service.Process(ref call, ref state);
        lane.Flags &= ~FlowFlags.Resized;
        request = call.Request;
        if (PacketLayout.TryParse(packets.Bytes(packet), out packets.Layout(packet)))
        {
            return verdict;
        }

        request.Reason = ServiceReason.Malformed;
        return ServiceVerdict.Drop;
    }
}
