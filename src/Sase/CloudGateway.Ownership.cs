using System.Numerics;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase.Ownership;

namespace Weft.Sase;

/// <summary>Which nodes are alive, and which of them own what.</summary>
public sealed partial class CloudGateway
{
    private static readonly Timestamp LongAgo = new(long.MinValue / 2);

    private readonly SpscRing<SaseEvent> _events = new(EventCapacity);
    private readonly uint[] _answers;
    private readonly MemberLife[] _lives;
    private readonly int[] _answered;
    private ulong _heard;
    private ulong _aliveBefore;
    private Timestamp _firstLoss = LongAgo;
    private Timestamp _lostAt = Timestamp.MaxValue;
    private Timestamp _nextAnnounce;
    private bool _backupsStale = true;
    private int _announceNode = int.MaxValue;
    private int _announceBundle;

    /// <summary>When <see cref="Advance"/> has to be called at the latest.</summary>
    public Timestamp NextDue => _backupsStale || _announceNode != int.MaxValue ? Timestamp.Zero : _nextAnnounce;

    /// <summary>True while all nodes seem to be gone and packets go on as before.</summary>
    public bool IsStatic => _heard == 0 && _alive != 0;

    /// <summary>True if a node was heard lately.</summary>
    public bool IsAlive(int node) => (_heard >> node & 1) != 0;

    /// <summary>Takes the next event. Those that nobody takes are lost once 1,024 wait.</summary>
    public bool TryTakeEvent(out SaseEvent happened) => _events.TryTake(out happened);

    /// <summary>Says that a node is alive, as BFD found out.</summary>
    /// <param name="node">Its number.</param>
    public void NodeUp(int node)
    {
        _heard |= 1UL << node;
        (_alive, _lostAt, _backupsStale) = (_heard, Timestamp.MaxValue, true);
    }

    /// <summary>
    /// Says that a node is not heard any more, as BFD found out. Its bundles go to their backups at once: the word that packets read is the
    /// only thing written for that. If it was the last node, and the others went at the same time, all go on as before for a while.
    /// </summary>
    /// <param name="node">Its number.</param>
    /// <param name="now">The time.</param>
    public void NodeDown(int node, Timestamp now)
    {
        ulong bit = 1UL << node;
        if ((_heard & bit) == 0)
        {
            return;
        }

        if (now - _firstLoss > _options.CommonModeWindow)
        {
            (_firstLoss, _aliveBefore) = (now, _heard);
        }

        _heard &= ~bit;
        _alive = _heard;
        _nextAnnounce = now;
        _backupsStale = true;
        if (_heard == 0)
        {
            (_alive, _lostAt) = (_aliveBefore, now);
            _ = _events.TryAdd(new SaseEvent(SaseEventKind.AllNodesLost, -1, Epoch.None));
        }
    }

    /// <summary>Says who owns a bundle, for configurations and stores that know; an earlier epoch than is known changes nothing.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="epoch">The epoch, which names the owner.</param>
    public void SetOwner(int bundle, Epoch epoch)
    {
        if (epoch > _bundles[bundle].Accepted)
        {
            Adopt(bundle, epoch);
        }
    }

    /// <summary>Goes on with what an earlier gateway knew: who owns what, and who is alive.</summary>
    /// <param name="earlier">A gateway of the same number in the same point of presence.</param>
    /// <exception cref="ArgumentException">It is another one.</exception>
    public void TakeOver(CloudGateway earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        if (earlier._options.Gateway != _options.Gateway || earlier._bundles.Length != _bundles.Length || earlier._lives.Length != _lives.Length)
        {
            throw new ArgumentException("This is a gateway of another point of presence, or another one of this.", nameof(earlier));
        }

        earlier._lives.CopyTo(_lives, 0);
        for (int bundle = 0; bundle < _bundles.Length; bundle++)
        {
            ref GatewayBundle before = ref earlier._bundles[bundle];
            (_bundles[bundle].Accepted, _bundles[bundle].Told, _bundles[bundle].IsForgotten) = (before.Accepted, before.Told, before.IsForgotten);
        }

        for (int node = 0; node < _lives.Length; node++)
        {
            if (earlier.IsAlive(node))
            {
                NodeUp(node);
            }
        }
    }

    /// <summary>Does what time demands.</summary>
    /// <param name="now">The time.</param>
    public void Advance(Timestamp now)
    {
        if (IsStatic && now - _lostAt > _options.HoldTime)
        {
            _alive = 0;
            _backupsStale = true;
        }

        if (_backupsStale)
        {
            _backupsStale = false;
            for (int number = 0; number < _bundles.Length; number++)
            {
                ChooseBackup(number);
            }
        }

        if (now >= _nextAnnounce)
        {
            (_announceNode, _announceBundle, _nextAnnounce) = (0, 0, now + _pop.AnnounceInterval);
        }
    }

    /// <summary>Takes what a node says.</summary>
    /// <param name="message">The message.</param>
    /// <param name="source">The address that it came from.</param>
    public MessageVerdict Receive(ReadOnlySpan<byte> message, IPv4Address source)
    {
        MessageVerdict verdict = PopMessage.TryRead(message, out PopMessage header);
        if (verdict == MessageVerdict.Accepted)
        {
            verdict = !header.IsNode || _members.Find(source.Value) != PopOptions.MaxGateways + header.Member ? MessageVerdict.UnknownSender : Take(header, message[PopMessage.Length..]);
        }

        _counters.MessagesRefused += verdict == MessageVerdict.Accepted ? 0 : 1;
        return verdict;
    }

    /// <summary>Takes the next message for a node. Call it until it is false.</summary>
    /// <param name="message">Gets it; at least 1,400 bytes.</param>
    /// <param name="length">Its length.</param>
    /// <param name="to">The address that it goes to.</param>
    public bool TryTakeMessage(Span<byte> message, out int length, out IPv4Address to)
    {
        for (int node = 0; node < _answers.Length; node++)
        {
            if (_answers[node] != 0)
            {
                uint question = _answers[node];
                to = _pop.Nodes[node];
                length = WriteEpochs(message, question, isAnswer: true, ref _answered[node]);
                _answers[node] = _answered[node] == _bundles.Length ? 0 : question;
                return true;
            }
        }

        (length, to) = (0, default);
        if (_announceNode >= _pop.Nodes.Count)
        {
            _announceNode = int.MaxValue;
            return false;
        }

        to = _pop.Nodes[_announceNode];
        length = WriteEpochs(message, question: 0, isAnswer: false, ref _announceBundle);
        if (_announceBundle == _bundles.Length)
        {
            (_announceBundle, _announceNode) = (0, _announceNode + 1);
        }

        return true;
    }

    private MessageVerdict Take(in PopMessage header, ReadOnlySpan<byte> body)
    {
        if (header.Kind is not (PopMessageKind.Query or PopMessageKind.Announce))
        {
            return MessageVerdict.Malformed;
        }

        if (!_lives[header.Member].TryNote(header.Incarnation, out bool isNew))
        {
            return MessageVerdict.Stale;
        }

        if (isNew)
        {
            Forget(header.Member);
        }

        if (header.Kind == PopMessageKind.Query)
        {
            (_answers[header.Member], _answered[header.Member]) = (header.Sequence, 0);
            return MessageVerdict.Accepted;
        }

        for (int i = 0; i < header.Count; i++)
        {
            var said = Announcement.Read(body[(i * Announcement.Length)..]);
            if (said.Bundle >= _bundles.Length || !said.IsOwner || said.Epoch.Node != header.Member || said.Epoch < _bundles[said.Bundle].Accepted)
            {
                continue;
            }

            if (said.Epoch > _bundles[said.Bundle].Accepted)
            {
                Adopt(said.Bundle, said.Epoch);
            }

            ref GatewayBundle bundle = ref _bundles[said.Bundle];
            int told = said.Backup < _pop.Nodes.Count ? said.Backup : -1;
            if (told != bundle.Told || bundle.IsForgotten)
            {
                // Its packets may have said so in this life before it did.
                (bundle.Told, bundle.IsForgotten) = (told, false);
                ChooseBackup(said.Bundle);
            }
        }

        return MessageVerdict.Accepted;
    }

    private void Adopt(int number, Epoch epoch)
    {
        ref GatewayBundle bundle = ref _bundles[number];
        (bundle.Accepted, bundle.Told, bundle.IsForgotten) = (epoch, -1, false);
        _counters.Moves++;
        ChooseBackup(number);
        _ = _events.TryAdd(new SaseEvent(SaseEventKind.Moved, number, epoch));
    }

    /// <summary>
    /// A node has begun anew, perhaps before anybody missed it. Its bundles go to their backups, which know their flows; only where there is no other node it may
    /// have them again.
    /// </summary>
    private void Forget(int node)
    {
        for (int number = 0; number < _bundles.Length; number++)
        {
            ref GatewayBundle bundle = ref _bundles[number];
            if (!bundle.Accepted.IsNone && bundle.Accepted.Node == node)
            {
                bundle.IsForgotten = true;
                ChooseBackup(number);
            }
        }

        (_backupsStale, _nextAnnounce) = (true, LongAgo);
    }

    /// <summary>The node that knows the flows, and without one any that is alive.</summary>
    private void ChooseBackup(int number)
    {
        ref GatewayBundle bundle = ref _bundles[number];
        bool toldLives = bundle.Told >= 0 && (_alive >> bundle.Told & 1) != 0;
        ulong others = bundle.Accepted.IsNone ? _alive : _alive & ~(1UL << bundle.Accepted.Node);
        bundle.Backup = toldLives ? bundle.Told : _order.First(number, others);
        if (bundle.Backup < 0 && bundle.IsForgotten && (_alive >> bundle.Accepted.Node & 1) != 0)
        {
            bundle.Backup = bundle.Accepted.Node;
        }

        bundle.BackupEpoch = bundle.Backup < 0 ? Epoch.None : bundle.Accepted.Next(bundle.Backup);
    }

    /// <summary>Writes what this gateway has accepted, and, unless it is an answer, what it wishes for instead.</summary>
    private int WriteEpochs(Span<byte> message, uint question, bool isAnswer, ref int from)
    {
        int count = 0;
        for (; from < _bundles.Length && count < Announcement.PerMessage - 1; from++)
        {
            ref GatewayBundle bundle = ref _bundles[from];
            Epoch wish = bundle.Accepted;
            if (!isAnswer)
            {
                _ = Target(ref bundle, out wish);
            }

            if (isAnswer || (bundle.IsUsed && !bundle.Accepted.IsNone))
            {
                // Who has missed the last owner must not go on in an epoch before it, nor wait for an owner before it.
                new Announcement((byte)from, IsOwner: false, IsInSync: true, Announcement.NoBackup, bundle.Accepted).Write(message[(PopMessage.Length + (count++ * Announcement.Length))..]);
            }

            if (bundle.IsUsed && !wish.IsNone && wish != bundle.Accepted)
            {
                new Announcement((byte)from, IsOwner: false, IsInSync: false, Announcement.NoBackup, wish).Write(message[(PopMessage.Length + (count++ * Announcement.Length))..]);
            }
        }

        new PopMessage(PopMessageKind.Announce, IsNode: false, (byte)_options.Gateway, (ushort)count, Incarnation: 0, question).Write(message);
        return PopMessage.Length + (count * Announcement.Length);
    }
}
