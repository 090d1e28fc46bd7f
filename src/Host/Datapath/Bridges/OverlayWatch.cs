using Weft.Encap;
using Weft.Host.Config;
using Weft.Host.Datapath.Underlay;
using Weft.Host.Stages;
using Weft.Packets;

namespace Weft.Host.Datapath.Bridges;

/// <summary>
/// Whether a bridge node is connected to its overlay: hears hosts and routers there, and asks them when the other node is silent for longer
/// than it should be. Their answers tell a dead peer from a cut cable.
/// </summary>
internal sealed class OverlayWatch(BridgePlan plan, SwitchTopology topology, UnderlayNeighbors neighbors)
{
    /// <summary>Next hops that are asked at a time, beside the one that was heard last.</summary>
    private const int OthersAtATime = 3;

    private readonly int[] _members = [.. topology.Peers.Index().Where(peer => peer.Item.Vtep == plan.Vtep && peer.Item.Address != plan.Peer).Select(peer => peer.Index)];
    private Timestamp _memberHeard;
    private Timestamp _anybodyHeard;
    private Timestamp _nextAsked;
    private int _last;
    private int _cursor;

    /// <summary>When <see cref="Advance"/> has something to do if nobody is heard until then.</summary>
    public Timestamp NextDue => _members.Length == 0 ? Timestamp.MaxValue : _nextAsked;

    /// <summary>Goes on where the watch of an earlier configuration stopped.</summary>
    public void ContinueFrom(OverlayWatch earlier) => (_memberHeard, _anybodyHeard, _nextAsked) = (earlier._memberHeard, earlier._anybodyHeard, earlier._nextAsked);

    /// <summary>The other node was heard on the overlay.</summary>
    public void HearPeer(Timestamp now) => _anybodyHeard = now;

    /// <summary>A frame came out of the tunnel from somebody other than the other node.</summary>
    public void HearMember(int peer, Timestamp now)
    {
        _last = peer;
        HearMember(now);
    }

    /// <summary>Somebody whom <see cref="IsMember"/> found was heard.</summary>
    public void HearMember(Timestamp now) => (_memberHeard, _anybodyHeard) = (now, now);

    /// <summary>Looks whether an ARP message or neighbour advertisement comes from a host or a router of the overlay.</summary>
    public bool IsMember(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        VtepAddress sender = default;
        if (layout.EtherType == EtherType.Arp && ArpView.TryParse(frame[layout.L3Offset..], out ArpView arp))
        {
            sender = new VtepAddress(arp.SenderAddress);
        }
        else if (layout.IsIPv6 && IPv6View.TryParse(frame[layout.L3Offset..], out IPv6View packet))
        {
            sender = new VtepAddress(packet.Source);
        }

        if (sender == default || sender == VtepOptionsFactory.AddressOf(plan.Peer))
        {
            return false;
        }

        foreach (int member in _members)
        {
            if (neighbors.HopOf(member) == sender)
            {
                _last = member;
                return true;
            }
        }

        return false;
    }

    /// <summary>Asks some of them if nobody was heard for an interval, or none of them while the other node is away.</summary>
    public void Advance(PacketVector vector, bool isPeerThere)
    {
        if (_members.Length == 0 || vector.Now < _nextAsked)
        {
            return;
        }

        Timestamp heard = isPeerThere ? _anybodyHeard : _memberHeard;
        Timestamp due = heard + plan.BfdInterval;
        if (vector.Now < due)
        {
            _nextAsked = due;
            return;
        }

        _nextAsked = vector.Now + (plan.BfdInterval / 2);
        if (_last < topology.Peers.Count && topology.Peers[_last].Vtep == plan.Vtep)
        {
            neighbors.Ask(vector, _last);
        }

        for (int i = 0; i < Math.Min(OthersAtATime, _members.Length); i++)
        {
            neighbors.Ask(vector, _members[_cursor++ % _members.Length]);
        }
    }
}
