using System.Buffers.Binary;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Egress;
using Weft.Host.Datapath.Links;
using Weft.Host.Datapath.Protection;
using Weft.Host.Datapath.Workers;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Host.Stages;

/// <summary>Hands each port the frames that wait for it, in one burst.</summary>
internal sealed partial class TransmitStage : IGraphStage
{
    /// <summary>Octets of an Ethernet header, which an MTU does not count, nor VLAN tags.</summary>
    private const int EthernetBytes = 14;
    private const int EtherTypeOffset = 12;

    /// <summary>Times a full port is asked again, each after it took something.</summary>
    private const int MaxAttempts = 8;

    private readonly IPort?[] _ports;
    private readonly int[] _owners;
    private readonly int[] _mtus;
    private readonly BondDirectory _bonds;
    private readonly AclEgress? _acl;
    private readonly MirrorTaps? _mirrors;
    private readonly PortShutdowns? _shutdowns;
    private readonly EgressQueues? _egress;
    private readonly SwitchTopology _topology;
    private readonly Packet[] _burst = new Packet[PacketVector.SlotCapacity];
    private readonly ushort[] _burstSlots = new ushort[PacketVector.SlotCapacity];
    private readonly ushort[] _uncut = new ushort[PacketVector.SlotCapacity];

    /// <param name="topology">What was configured.</param>
    /// <param name="ports">The ports that this worker sends through; null for those of another worker.</param>
    /// <param name="owners">The worker of each port.</param>
    /// <param name="bonds">Which ports stand for several links.</param>
    /// <param name="acl">What judges frames that leave; null for nobody.</param>
    /// <param name="mirrors">What copies frames that leave; null for nobody.</param>
    /// <param name="shutdowns">Which ports are shut; null if none can be.</param>
    /// <param name="egress">Queues of ports; null if none has any.</param>
    public TransmitStage(SwitchTopology topology, IPort?[] ports, int[] owners, BondDirectory bonds, AclEgress? acl, MirrorTaps? mirrors, PortShutdowns? shutdowns, EgressQueues? egress)
    {
        (_ports, _owners, _bonds, _topology, _acl, _mirrors, _shutdowns, _egress) = (ports, owners, bonds, topology, acl, mirrors, shutdowns, egress);
        _mtus = [.. topology.Plan.Ports.Select(port => port.MtuBytes)];
    }

    public StageId Id => StageId.Transmit;

    public StagePlacement Placement => StagePlacement.Anywhere;

    public void Process(PacketVector vector, ReadOnlySpan<ushort> slots)
    {
        if (_shutdowns is not null)
        {
            DropShut(vector, _shutdowns);
        }

        _acl?.Process(vector);
        _mirrors?.TapOut(vector);
        foreach (int bond in _bonds.Ports)
        {
            Distribute(vector, bond);
        }

        for (int port = 0; port < _ports.Length && vector.WaitingToSend > 0; port++)
        {
            int count = Gather(vector, port);
            if (_ports[port] is IPort device)
            {
                if (_egress?.Of(port) is EgressBacklog backlog)
                {
                    Enqueue(vector, port, backlog, count);
                    Drain(vector, port, device, backlog);
                    continue;
                }

                Send(vector, port, device, count);
            }
            else
            {
                HandOver(vector, port, count);
            }
        }
    }

    /// <summary>Before anybody counts or copies what leaves.</summary>
    private void DropShut(PacketVector vector, PortShutdowns shutdowns)
    {
        for (int port = 0; port < _ports.Length; port++)
        {
            if (shutdowns.IsShut(port))
            {
                foreach (ushort slot in vector.TakeSends(port))
                {
                    vector.Trace?.Note(Id, $"the switch has shut port {_topology.Plan.Ports[port].Name}");
                    vector.DropCopy(slot, DropReason.EgressPortShut);
                    vector.SendDone(slot);
                }
            }
        }
    }

    /// <summary>Gives what waits for a bond to its links, each flow to one.</summary>
    private void Distribute(PacketVector vector, int bond)
    {
        foreach (ushort slot in vector.TakeSends(bond))
        {
            int link = _bonds.LinkFor(bond, vector.Bytes(slot));
            if (link < 0)
            {
                vector.Trace?.Note(Id, $"no link of {_topology.Plan.Ports[bond].Name} can be used");
                vector.DropCopy(slot, DropReason.BondDown);
            }
            else
            {
                vector.Trace?.Note(Id, $"port {_topology.Plan.Ports[link].Name} is the link of {_topology.Plan.Ports[bond].Name} for this flow");
                vector.Send(slot, link);
            }

            vector.SendDone(slot);
        }
    }

    private int Gather(PacketVector vector, int port)
    {
        int count = 0;
        foreach (ushort slot in vector.TakeSends(port))
        {
            if (IsTooLong(vector.Bytes(slot), vector.Pool.LongestFrame(vector[slot].Packet), _mtus[port]))
            {
                vector.DropCopy(slot, DropReason.MtuExceeded);
                vector.SendDone(slot);
                continue;
            }

            _burst[count] = vector[slot].Packet;
            _burstSlots[count++] = slot;
        }

        return count;
    }

    private static bool IsTooLong(ReadOnlySpan<byte> frame, int length, int mtu)
    {
        int excess = length - EthernetBytes - mtu;
        return excess > 0
            && (excess > VlanTag.Length || !VlanTag.IsTag((EtherType)BinaryPrimitives.ReadUInt16BigEndian(frame[EtherTypeOffset..])));
    }

    /// <summary>Has the worker of the port send the packets. Those that other ports are still to send go as copies.</summary>
    private void HandOver(PacketVector vector, int port, int count)
    {
        foreach (ushort slot in _burstSlots.AsSpan(0, count))
        {
            ref PacketContext context = ref vector[slot];
            if (context.PendingSends == 1 && !context.InGraph)
            {
                context.PendingSends = 0;
                vector.HandOver(slot, _owners[port], Id, port);
                continue;
            }

            if (vector.TryClone(slot, out ushort copy))
            {
                vector.HandOver(copy, _owners[port], Id, port);
            }
            else
            {
                vector.DropCopy(slot, DropReason.PoolExhausted);
            }

            vector.SendDone(slot);
        }
    }

    private void Send(PacketVector vector, int port, IPort device, int count)
    {
        for (int done = Offer(vector, port, device, ref count); done < count; done++)
        {
            vector.DropCopy(_burstSlots[done], DropReason.PortBusy);
            vector.SendDone(_burstSlots[done]);
        }
    }

    /// <summary>Offers what is in the burst to a port.</summary>
    /// <returns>How much of it has ended, sent or not.</returns>
    private int Offer(PacketVector vector, int port, IPort device, ref int count)
    {
        int done = 0;
        for (int attempt = 0; done < count && attempt < MaxAttempts; attempt++)
        {
            // Asked every time: a device may refuse the first superframe and be known from then on.
            count = Cut(vector, done, count, device.Capabilities);
            PortCounters before = device.Counters;
            int accepted = device.Send(vector.Pool, _burst.AsSpan(done, count - done), vector.Now);
            Account(vector, port, device, _burstSlots.AsSpan(done, accepted), before, device.Counters);
            done += accepted;
            if (accepted == 0 && (done == count || !IsToCut(vector, _burst[done], device.Capabilities)))
            {
                break;
            }
        }

        return done;
    }

    /// <summary>Whether a packet is a superframe of a kind that a device does not take; none takes any if <paramref name="device"/> is null.</summary>
    private static bool IsToCut(PacketVector vector, in Packet packet, PortCapabilities? device) =>
        vector.Pool.IsSuperframe(packet) && !(device is not null && device.Takes(vector.Pool.KindOf(packet)));

    /// <summary>Cuts the superframes of the burst from a place on that the device does not take.</summary>
    /// <returns>Packets of the burst.</returns>
    private int Cut(PacketVector vector, int from, int count, PortCapabilities? device = null)
    {
        int first = from;
        while (first < count && !IsToCut(vector, _burst[first], device))
        {
            first++;
        }

        if (first == count)
        {
            return count;
        }

        Span<ushort> rest = _uncut.AsSpan(0, count - first);
        _burstSlots.AsSpan(first, rest.Length).CopyTo(rest);
        count = first;
        foreach (ushort slot in rest)
        {
            if (!IsToCut(vector, vector[slot].Packet, device))
            {
                _burst[count] = vector[slot].Packet;
                _burstSlots[count++] = slot;
                continue;
            }

            Span<ushort> frames = _burstSlots.AsSpan(count);
            frames = frames[..vector.Cut(slot, frames)];
            foreach (ushort frame in frames)
            {
                ref PacketContext context = ref vector[frame];
                (context.PendingSends, context.InGraph) = (1, false);
                _burst[count++] = context.Packet;
            }

            if (frames.IsEmpty)
            {
                vector.DropCopy(slot, DropReason.PoolExhausted);
            }

            vector.SendDone(slot);
        }

        return count;
    }

    /// <summary>
    /// Books what the port took. It says how many it refused and why but not which; a burst has one port of ingress, so the
    /// books are exact all the same.
    /// </summary>
    private static void Account(PacketVector vector, int port, IPort device, ReadOnlySpan<ushort> slots, in PortCounters before, in PortCounters after)
    {
        long oversize = after.SendOversize - before.SendOversize;
        long rejected = after.SendRejected - before.SendRejected;
        long down = after.SendDown - before.SendDown;
        vector.Ledger.Sent += after.SentFrames - before.SentFrames;
        foreach (ushort slot in slots)
        {
            if (oversize-- > 0)
            {
                vector.DropCopy(slot, DropReason.MtuExceeded);
            }
            else if (rejected-- > 0)
            {
                vector.DropCopy(slot, DropReason.PortRejected);
            }
            else if (down-- > 0)
            {
                vector.DropCopy(slot, DropReason.PortDown);
            }
            else
            {
                vector.Trace?.Sent(device.Name, vector[slot].Packet.Length, vector[slot].IsQuestion);
                vector.Tap?.Sent(vector, slot, port);
            }

            vector.SendDone(slot);
        }
    }
}
