using System.Buffers.Binary;
using Weft.Packets;

namespace Weft.Services;

/// <summary>
/// The end of a move that takes a machine's services over, into a set that was made for it and has seen no packet. A pure state
/// machine like <see cref="MigrationSource"/>.
/// </summary>
/// <remarks>
/// Use: call <see cref="Step"/> as at the source. When <see cref="State"/> is <see cref="MigrationState.Committing"/>, claim the machine from whoever
/// keeps its epoch (a compare and swap from <see cref="Epoch"/> − 1) and report with <see cref="Claimed"/>; where nobody keeps it, report
/// true. Until then the set is frozen.
/// </remarks>
public sealed class MigrationTarget
{
    private readonly ServiceSet _set;
    private readonly MigrationOptions _options;
    private uint _expected;
    private MigrationMessageType? _answer;
    private Timestamp _heard;

    /// <summary>Prepares to take a machine over; the set is frozen until it has.</summary>
    /// <param name="set">An empty set with the machine's services.</param>
    /// <param name="options">As at the source.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="ArgumentException">The set has flows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public MigrationTarget(ServiceSet set, MigrationOptions options, Timestamp now)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (set.FlowCount > 0)
        {
            throw new ArgumentException("The set has flows of its own; a machine moves into an empty one.", nameof(set));
        }

        (_set, _options, _heard) = (set, options, now);
        set.Freeze();
    }

    /// <summary>How far it has come.</summary>
    public MigrationState State { get; private set; }

    /// <summary>Why it was given up.</summary>
    public MigrationFailure Failure { get; private set; }

    /// <summary>The epoch under which this end owns the machine once it has claimed it.</summary>
    public ulong Epoch => _options.Epoch + 1;

    /// <summary>Messages that made no sense, or came twice.</summary>
    public long Ignored { get; private set; }

    /// <summary>Takes one message, or none, and writes one, or none.</summary>
    /// <param name="received">What came from the source; empty if nothing did.</param>
    /// <param name="now">The time.</param>
    /// <param name="send">Gets the message to send, at most 64 bytes.</param>
    /// <returns>Its length; 0 if there is nothing to send.</returns>
    public int Step(ReadOnlySpan<byte> received, Timestamp now, Span<byte> send)
    {
        if (MigrationMessage.TryRead(received, _options.Id, out MigrationMessage message) && message.Epoch == _options.Epoch)
        {
            _heard = now;
            Receive(message, now);
        }
        else if (!received.IsEmpty)
        {
            Ignored++;
        }

        if (State is MigrationState.Preparing or MigrationState.Copying && now - _heard > _options.Timeout)
        {
            GiveUp(MigrationFailure.Timeout);
        }

        if (_answer is not MigrationMessageType answer)
        {
            return 0;
        }

        _answer = null;
        int length = MigrationMessage.Write(send, answer, _options.Id, _expected, answer == MigrationMessageType.Owner ? Epoch : _options.Epoch);
        if (answer == MigrationMessageType.Abort)
        {
            send[length++] = (byte)Failure;
        }

        return length;
    }

    /// <summary>Reports whether the machine was claimed.</summary>
    /// <param name="won">True if it is owned under <see cref="Epoch"/> now.</param>
    /// <exception cref="InvalidOperationException">There was nothing to claim.</exception>
    public void Claimed(bool won)
    {
        if (State != MigrationState.Committing)
        {
            throw new InvalidOperationException($"The move is {State}, so there is nothing to claim.");
        }

        if (!won)
        {
            GiveUp(MigrationFailure.ClaimLost);
            return;
        }

        State = MigrationState.Moved;
        _answer = MigrationMessageType.Owner;
        _set.Thaw();
    }

    /// <summary>Gives the move up, if that is still possible.</summary>
    /// <returns>False once the machine was claimed, or is being.</returns>
    public bool TryCancel()
    {
        if (State is MigrationState.Committing or MigrationState.Moved)
        {
            return false;
        }

        GiveUp(MigrationFailure.Cancelled);
        return true;
    }

    private void Receive(in MigrationMessage message, Timestamp now)
    {
        switch (message.Type)
        {
            case MigrationMessageType.Abort when State is not MigrationState.Moved and not MigrationState.Committing:
                GiveUp(MigrationFailure.Cancelled);
                _answer = null;
                break;
            case var _ when State == MigrationState.Aborted:
                _answer = MigrationMessageType.Abort;
                break;
            case MigrationMessageType.Offer when State is MigrationState.Preparing or MigrationState.Copying:
                Offered(message.Body);
                break;
            case MigrationMessageType.Flows when State == MigrationState.Copying:
                Take(message, now);
                break;
            case MigrationMessageType.Commit when State == MigrationState.Copying && message.Number == _expected:
                State = MigrationState.Committing;
                break;
            case MigrationMessageType.Commit when State == MigrationState.Moved:
                _answer = MigrationMessageType.Owner;
                break;
            case MigrationMessageType.Commit when State == MigrationState.Copying:
                _answer = MigrationMessageType.Acknowledge;
                break;
            default:
                Ignored++;
                break;
        }
    }

    private void Offered(ReadOnlySpan<byte> body)
    {
        if (State == MigrationState.Copying)
        {
            // The answer was lost.
            _answer = MigrationMessageType.Accept;
            return;
        }

        if (body.Length < 12
            || BinaryPrimitives.ReadUInt32LittleEndian(body) != _set.Machine.Value
            || !_set.BeginImport(body[12..], BinaryPrimitives.ReadInt32LittleEndian(body[4..]), BinaryPrimitives.ReadInt32LittleEndian(body[8..])))
        {
            GiveUp(MigrationFailure.Mismatch);
            return;
        }

        State = MigrationState.Copying;
        _answer = MigrationMessageType.Accept;
    }

    private void Take(in MigrationMessage message, Timestamp now)
    {
        // In order only: what is missing comes again, and what follows it too.
        if (message.Number != _expected)
        {
            Ignored++;
            _answer = MigrationMessageType.Acknowledge;
            return;
        }

        switch (_set.Import(message.Body, now))
        {
            case ImportResult.Taken:
                _expected++;
                _answer = MigrationMessageType.Acknowledge;
                break;
            case ImportResult.Full or ImportResult.Conflict:
                GiveUp(MigrationFailure.Full);
                break;
            default:
                GiveUp(MigrationFailure.StateRefused);
                break;
        }
    }

    private void GiveUp(MigrationFailure why)
    {
        if (State == MigrationState.Aborted)
        {
            return;
        }

        (State, Failure, _answer) = (MigrationState.Aborted, why, MigrationMessageType.Abort);
        _set.Forget();
    }
}
