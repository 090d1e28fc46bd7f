using Weft.Packets;
using Weft.Sase.Ownership;

namespace Weft.Sase;

/// <summary>What members of a point of presence say to each other.</summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>Takes what another member says.</summary>
    /// <param name="message">The message.</param>
    /// <param name="source">The address that it came from.</param>
    /// <param name="now">The time.</param>
    public MessageVerdict Receive(ReadOnlySpan<byte> message, IPv4Address source, Timestamp now)
    {
        MessageVerdict verdict = PopMessage.TryRead(message, out PopMessage header);
        if (verdict == MessageVerdict.Accepted)
        {
            verdict = !IsFrom(header, source) ? MessageVerdict.UnknownSender : Take(header, message[PopMessage.Length..], now);
        }

        _counters.MessagesRefused += verdict is MessageVerdict.Malformed or MessageVerdict.OtherVersion or MessageVerdict.UnknownSender ? 1 : 0;
        return verdict;
    }

    /// <summary>Takes the next message for another member. Call it until it is false, and send what it gives ahead of packets: a flow's record goes out before its first packet.</summary>
    /// <param name="message">Gets it; at least 1,400 bytes.</param>
    /// <param name="length">Its length.</param>
    /// <param name="to">The address that it goes to.</param>
    /// <param name="now">The time.</param>
    public bool TryTakeMessage(Span<byte> message, out int length, out IPv4Address to, Timestamp now)
    {
        Replicate(now);
        for (int node = 0; node < _links.Length; node++)
        {
            if (_links[node].TryTake(message, out length, now))
            {
                to = _pop.Nodes[node];
                return true;
            }
        }

        return TryTakeQuery(message, out length, out to) || TryTakeAnnouncement(message, out length, out to);
    }


    private bool IsFrom(in PopMessage header, IPv4Address source) =>
        _members.Find(source.Value) == header.Member + (header.IsNode ? PopOptions.MaxGateways : 0) && !(header.IsNode && header.Member == _self);

    private MessageVerdict Take(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        switch (header.Kind)
        {
            case PopMessageKind.Announce when header.IsNode:
                return Heard(header, body, now);
            case PopMessageKind.Announce:
                TakeWishes(header, body, now);
                return MessageVerdict.Accepted;
            case PopMessageKind.Records or PopMessageKind.NamedRecords when header.IsNode:
                return TakeRecords(header, body, now);
            case PopMessageKind.Memory when header.IsNode:
                return TakeMemory(header, body, now);
            case PopMessageKind.Ack when header.IsNode:
                return TakeAcknowledgement(header, body);
            default:
                return MessageVerdict.Malformed;
        }
    }

    /// <summary>What an owner says of its bundles.</summary>
    private MessageVerdict Heard(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        PeerLink link = _links[header.Member];
        if (!link.Life.TryNote(header.Incarnation, out bool isNew))
        {
            return MessageVerdict.Stale;
        }

        if (isNew)
        {
            // It began anew and knows nothing of what it was told, nor of what it owned.
            Restart(link);
            _livenessChanged = true;
            foreach (ref Bundle bundle in _bundles.AsSpan())
            {
                bundle.HeardAt = bundle.Epoch.Node == header.Member ? LongAgo : bundle.HeardAt;
            }
        }

        for (int i = 0; i < header.Count; i++)
        {
            var said = Announcement.Read(body[(i * Announcement.Length)..]);
            if (said.Bundle < _bundles.Length && said.IsOwner && said.Epoch.Node == header.Member)
            {
                Learn(said.Bundle, said.Epoch);
                _bundles[said.Bundle].HeardAt = said.Epoch == _bundles[said.Bundle].Epoch ? now : _bundles[said.Bundle].HeardAt;
            }
        }

        return MessageVerdict.Accepted;
    }

    /// <summary>What a gateway goes by, or answers to a question.</summary>
    private void TakeWishes(in PopMessage header, ReadOnlySpan<byte> body, Timestamp now)
    {
        bool isAnswer = header.Sequence != 0 && header.Sequence == _query;
        for (int i = 0; i < header.Count; i++)
        {
            var said = Announcement.Read(body[(i * Announcement.Length)..]);
            if (said.Bundle >= _bundles.Length || (said.Epoch.IsNone && !isAnswer))
            {
                continue;
            }

            ref Bundle bundle = ref _bundles[said.Bundle];
            if (isAnswer && bundle.Role == BundleRole.Suspended)
            {
                Confirm(said.Bundle, ref bundle, said.Epoch);
            }
            else if (header.Sequence == 0 && said.IsInSync && said.Epoch > bundle.Epoch && said.Epoch.Node != _self && said.Epoch.Node < _links.Length)
            {
                Overtaken(said.Bundle, ref bundle, said.Epoch);
            }
            else if (header.Sequence == 0 && said.Epoch.Node == _self && bundle.Role == BundleRole.Active)
            {
                // Gateways that have lost the owner for a moment, or one that has forgotten, come back to this node in a later epoch.
                (bundle.Epoch, _nextAnnounce) = said.Epoch > bundle.Epoch ? (said.Epoch, _lastAdvance) : (bundle.Epoch, _nextAnnounce);
            }
            else if (header.Sequence == 0 && said.Epoch.Node == _self && bundle.Role is (BundleRole.Standby or BundleRole.Activating))
            {
                if (said.IsInSync && said.Epoch > bundle.Epoch)
                {
                    // It has heard this node as the owner, and that was not in this life.
                    Forget(said.Bundle, said.Epoch, now);
                }

                Claim(said.Bundle, said.Epoch, now);
            }
        }
    }

    /// <summary>
    /// A gateway has heard an owner of a later epoch. If that node has been in sight for long and does not say so itself, it has forgotten: whoever owns
    /// the bundle now goes on in an epoch behind that one. Otherwise it may well be the owner: a node that was cut off hears gateways first.
    /// </summary>
    private void Overtaken(int number, ref Bundle bundle, Epoch epoch)
    {
        PeerLink link = _links[epoch.Node];
        if (bundle.Role == BundleRole.Active && link.IsUp && _lastAdvance - link.UpSince >= _pop.AnnounceInterval * SilentAnnouncements)
        {
            bundle.Epoch = epoch.Next(_self);
            _nextAnnounce = _lastAdvance;
            return;
        }

        Learn(number, epoch);
    }

    private void Confirm(int number, ref Bundle bundle, Epoch epoch)
    {
        if (epoch > bundle.Epoch && epoch.Node != _self)
        {
            Learn(number, epoch);
            return;
        }

        (bundle.Role, bundle.Epoch) = (BundleRole.Active, Later(bundle.Epoch, epoch));
        Tell(SaseEventKind.Resumed, number);
    }

    private bool TryTakeQuery(Span<byte> message, out int length, out IPv4Address to)
    {
        (length, to) = (0, default);
        if (_queryMember >= _pop.Gateways.Count)
        {
            return false;
        }

        if (_queryMember == 0 && !Array.Exists(_bundles, bundle => bundle.Role == BundleRole.Suspended))
        {
            (_queryMember, _nextQuery) = (int.MaxValue, Timestamp.MaxValue);
            return false;
        }

        to = _pop.Gateways[_queryMember++];
        new PopMessage(PopMessageKind.Query, IsNode: true, _self, Count: 0, _options.Incarnation, _query).Write(message);
        length = PopMessage.Length;
        return true;
    }

    private bool TryTakeAnnouncement(Span<byte> message, out int length, out IPv4Address to)
    {
        (length, to) = (0, default);
        int members = _pop.Gateways.Count + _pop.Nodes.Count;
        if (_announceMember == _pop.Gateways.Count + _self)
        {
            _announceMember++;
        }

        if (_announceMember >= members)
        {
            _announceMember = int.MaxValue;
            return false;
        }

        to = _announceMember < _pop.Gateways.Count ? _pop.Gateways[_announceMember] : _pop.Nodes[_announceMember - _pop.Gateways.Count];
        int count = 0;
        for (; _announceBundle < _bundles.Length && count < Announcement.PerMessage; _announceBundle++)
        {
            ref Bundle bundle = ref _bundles[_announceBundle];
            if (bundle.Role == BundleRole.Active)
            {
                new Announcement((byte)_announceBundle, IsOwner: true, bundle.IsInSync, bundle.Backup, bundle.Epoch).Write(message[(PopMessage.Length + (count++ * Announcement.Length))..]);
            }
        }

        new PopMessage(PopMessageKind.Announce, IsNode: true, _self, (ushort)count, _options.Incarnation, Sequence: 0).Write(message);
        length = PopMessage.Length + (count * Announcement.Length);
        if (_announceBundle == _bundles.Length)
        {
            (_announceBundle, _announceMember) = (0, _announceMember + 1);
        }

        return true;
    }
}
