using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// The end of a move that gives a machine's services away. A pure state machine: messages and the time come in, messages go out.
/// Messages may be lost, doubled and reordered.
/// </summary>
/// <remarks>
/// <para>
/// Use: call <see cref="Step"/> for every message that came, and every few milliseconds without one, and send what it writes,
/// until <see cref="State"/> is <see cref="MigrationState.Moved"/> or <see cref="MigrationState.Aborted"/>. While the set is frozen, packets come
/// back as <see cref="ServiceAction.Hold"/>: keep them, and send them to the new host when the machine has moved, or offer
/// them to the set again when the move was given up.
/// </para>
/// <para>
/// Up to <see cref="MigrationState.Committing"/> the move can be given up at any moment, and leaves the set as if it had never begun. From
/// then on only the target, or whoever keeps the machine's epoch, knows who owns it: see <see cref="Resolve"/>.
/// </para>
/// </remarks>
public sealed class MigrationSource
{
    private readonly ServiceSet _set;
    private readonly MigrationOptions _options;
    private readonly byte[][] _window;
    private readonly int[] _lengths;
    private readonly byte[] _offer;
    private uint _next;
    private uint _acknowledged;
    private uint _resend;
    private int _round;
    private int _roundLeft;
    private long _flowsSent;
    private bool _saidAbort;
    private long _sentBeforeFreeze;
    private Timestamp _sent;
    private Timestamp _heard;

    /// <summary>Starts a move. The set must not be in another one.</summary>
    /// <param name="set">The services of the machine.</param>
    /// <param name="options">How to move.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    /// <exception cref="ArgumentException">A message has no room for the state of one flow.</exception>
    public MigrationSource(ServiceSet set, MigrationOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.MessageBytes < MigrationMessage.HeadLength + Math.Max(set.MaxRecordBytes, 12 + ServiceSet.MaxSchemaBytes))
        {
            throw new ArgumentException($"{nameof(MigrationOptions.MessageBytes)} is {options.MessageBytes}; this set needs {MigrationMessage.HeadLength + Math.Max(set.MaxRecordBytes, 12 + ServiceSet.MaxSchemaBytes)} at least.", nameof(options));
        }

        (_set, _options, _heard) = (set, options, now);
        _window = [.. Enumerable.Range(0, options.Window).Select(_ => new byte[options.MessageBytes])];
        _lengths = new int[options.Window];
        _offer = WriteOffer();
        if (options.Pinned == PinnedFlows.Refuse && set.HasPinnedFlows())
        {
            GiveUp(MigrationFailure.Pinned);
        }
    }

    /// <summary>How far it has come.</summary>
    public MigrationState State { get; private set; }

    /// <summary>Why it was given up.</summary>
    public MigrationFailure Failure { get; private set; }

    /// <summary>When the set stopped to take packets.</summary>
    public Timestamp FrozenAt { get; private set; }

    /// <summary>Bytes of flows sent, those sent again not counted.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Bytes of flows sent while the set took no packets: what the freeze had to wait for.</summary>
    public long FrozenBytes => State is MigrationState.Preparing or MigrationState.Copying || FrozenAt == default ? 0 : BytesSent - _sentBeforeFreeze;

    /// <summary>Rounds of copying, the last one included.</summary>
    public int Rounds => _round + 1;

    /// <summary>Takes one message, or none, and writes one, or none.</summary>
    /// <param name="received">What came from the target; empty if nothing did. Anything that is no message of this move is ignored.</param>
    /// <param name="now">The time.</param>
    /// <param name="send">Gets the message to send, at most <see cref="MigrationOptions.MessageBytes"/>.</param>
    /// <returns>Its length; 0 if there is nothing to send now. Otherwise call again, without a message: there may be more.</returns>
    public int Step(ReadOnlySpan<byte> received, Timestamp now, Span<byte> send)
    {
        if (MigrationMessage.TryRead(received, _options.Id, out MigrationMessage message) && message.Epoch == EpochOf(message.Type))
        {
            Receive(message, now);
        }

        if (State is MigrationState.Preparing or MigrationState.Copying or MigrationState.Frozen)
        {
            if (now - _heard > _options.Timeout)
            {
                GiveUp(MigrationFailure.Timeout);
            }
            else if (State == MigrationState.Frozen && now - FrozenAt > _options.FreezeBudget)
            {
                GiveUp(MigrationFailure.FrozenTooLong);
            }
        }

        return State switch
        {
            MigrationState.Preparing => SendAgain(_offer, now, send),
            MigrationState.Copying or MigrationState.Frozen => SendFlows(now, send),
            MigrationState.Committing => SendCommit(now, send),
            MigrationState.Aborted when Failure != MigrationFailure.None && !_saidAbort => SendAbort(send),
            _ => 0,
        };
    }

    /// <summary>Gives the move up, if that is still possible.</summary>
    /// <returns>False once the target was told to take over.</returns>
    public bool TryCancel()
    {
        if (State is MigrationState.Committing or MigrationState.Moved)
        {
            return false;
        }

        GiveUp(MigrationFailure.Cancelled);
        return true;
    }

    /// <summary>
    /// Says who owns the machine, when the target has been silent since it was told to take over: its caller has asked whoever keeps
    /// the machine's epoch.
    /// </summary>
    /// <param name="epoch">The machine's epoch. The source's own means that the target has not claimed it, and, because the caller has advanced the epoch in the same transaction or otherwise made sure, never will.</param>
    /// <exception cref="InvalidOperationException">The move is not at that point.</exception>
    public void Resolve(ulong epoch)
    {
        if (State != MigrationState.Committing)
        {
            throw new InvalidOperationException("The target has not been told to take over, so the source owns the machine.");
        }

        if (epoch == _options.Epoch)
        {
            GiveUp(MigrationFailure.Timeout);
        }
        else
        {
            Finish();
        }
    }

    /// <summary>The epoch that a message of the target names: the next one if it says that it owns the machine.</summary>
    private ulong EpochOf(MigrationMessageType type) => _options.Epoch + (type == MigrationMessageType.Owner ? 1UL : 0UL);

    private void Receive(in MigrationMessage message, Timestamp now)
    {
        _heard = now;
        switch (message.Type)
        {
            case MigrationMessageType.Accept when State == MigrationState.Preparing:
                State = MigrationState.Copying;
                _set.BeginExport(_options.Pinned == PinnedFlows.LeaveBehind);
                _roundLeft = _set.Due;
                break;
            case MigrationMessageType.Acknowledge when State is MigrationState.Copying or MigrationState.Frozen && message.Number - _acknowledged <= _next - _acknowledged:
                _acknowledged = message.Number;
                _resend = Math.Max(_resend, _acknowledged);
                break;
            case MigrationMessageType.Owner when State == MigrationState.Committing:
                Finish();
                break;
            case MigrationMessageType.Abort when State != MigrationState.Moved:
                // The target gives up only before it claims, so this holds in Committing too.
                GiveUp(message.Body.Length > 0 && message.Body[0] <= (byte)MigrationFailure.ClaimLost ? (MigrationFailure)message.Body[0] : MigrationFailure.Cancelled);
                break;
        }
    }

    private int SendFlows(Timestamp now, Span<byte> send)
    {
        if (_resend != _next)
        {
            return Copy(_resend++, now, send);
        }

        if (_next - _acknowledged < (uint)_options.Window)
        {
            byte[] buffer = _window[_next % (uint)_options.Window];
            int flows = 0;
            int records = _roundLeft > 0 || State == MigrationState.Frozen ? _set.ExportCounted(buffer.AsSpan(MigrationMessage.HeadLength), now, out flows) : 0;
            if (records > 0)
            {
                _ = MigrationMessage.Write(buffer, MigrationMessageType.Flows, _options.Id, _next, _options.Epoch);
                _lengths[_next % (uint)_options.Window] = MigrationMessage.HeadLength + records;
                BytesSent += records;
                _flowsSent += flows;
                _roundLeft -= flows;
                _resend = ++_next;
                return Copy(_next - 1, now, send);
            }

            return EndRound(now, send);
        }

        return ResendLate(now);
    }

    /// <summary>
    /// As many flows are sent as were due when the round began. Another round copies what changed meanwhile; the last one, when little is due or nothing else
    /// helps, is done while no packet comes.
    /// </summary>
    private int EndRound(Timestamp now, Span<byte> send)
    {
        if (_acknowledged != _next)
        {
            return ResendLate(now);
        }

        if (State == MigrationState.Frozen)
        {
            _set.EndExport();
            State = MigrationState.Committing;
            _sent = default;
            return SendCommit(now, send);
        }

        int due = _set.Due;
        if (due * (_flowsSent == 0 ? _set.MaxRecordBytes : BytesSent / _flowsSent) <= _options.FreezeBytes || ++_round >= _options.MaxRounds)
        {
            _set.Freeze();
            State = MigrationState.Frozen;
            FrozenAt = now;
            _sentBeforeFreeze = BytesSent;
            // What changed between the last look and the freeze is due now.
            return SendFlows(now, send);
        }

        _roundLeft = due;
        return SendFlows(now, send);
    }

    private int ResendLate(Timestamp now)
    {
        if (_acknowledged != _next && now - _sent >= _options.Retry)
        {
            _resend = _acknowledged;
            _sent = now;
        }

        return 0;
    }

    private int Copy(uint number, Timestamp now, Span<byte> send)
    {
        int at = (int)(number % (uint)_options.Window);
        _window[at].AsSpan(0, _lengths[at]).CopyTo(send);
        _sent = now;
        return _lengths[at];
    }

    private int SendCommit(Timestamp now, Span<byte> send)
    {
        if (_sent != default && now - _sent < _options.Retry)
        {
            return 0;
        }

        _sent = now;
        return MigrationMessage.Write(send, MigrationMessageType.Commit, _options.Id, _next, _options.Epoch);
    }

    private int SendAgain(ReadOnlySpan<byte> message, Timestamp now, Span<byte> send)
    {
        if (_sent != default && now - _sent < _options.Retry)
        {
            return 0;
        }

        _sent = now;
        message.CopyTo(send);
        return message.Length;
    }

    private int SendAbort(Span<byte> send)
    {
        _saidAbort = true;
        int length = MigrationMessage.Write(send, MigrationMessageType.Abort, _options.Id, 0, _options.Epoch);
        send[length] = (byte)Failure;
        return length + 1;
    }

    private byte[] WriteOffer()
    {
        byte[] offer = new byte[MigrationMessage.HeadLength + 12 + ServiceSet.MaxSchemaBytes];
        int at = MigrationMessage.Write(offer, MigrationMessageType.Offer, _options.Id, 0, _options.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(offer.AsSpan(at), _set.Machine.Value);
        BinaryPrimitives.WriteInt32LittleEndian(offer.AsSpan(at + 4), _set.IPv4Capacity);
        BinaryPrimitives.WriteInt32LittleEndian(offer.AsSpan(at + 8), _set.IPv6Capacity);
        at += 12;
        return offer[..(at + _set.WriteSchema(offer.AsSpan(at)))];
    }

    private void GiveUp(MigrationFailure why)
    {
        if (State == MigrationState.Aborted)
        {
            return;
        }

        (State, Failure) = (MigrationState.Aborted, why);
        _set.EndExport();
        _set.Thaw();
    }

    /// <summary>The set stays frozen, and forgets the flows that are another host's now.</summary>
    private void Finish()
    {
        State = MigrationState.Moved;
        _set.Forget();
    }
}
