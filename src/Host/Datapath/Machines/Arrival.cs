using Weft.Packets;
using Weft.Services;

namespace Weft.Host.Datapath.Machines;

/// <summary>A machine's move to this host, as the first worker sees it.</summary>
internal sealed class Arrival
{
    private const int AnswerBytes = 64;

    /// <summary>Packets that came after the machine and wait for the next round.</summary>
    private const int InboxBytes = 4 << 20;

    private readonly MigrationTarget _target;
    private readonly byte[] _answer = new byte[AnswerBytes];

    private readonly bool _claims;

    public Arrival(Machine machine, MigrationOptions options, ulong id, bool claims, Timestamp now)
    {
        (Id, _claims) = (id, claims);
        _target = new MigrationTarget(machine.Set, options, now);
    }

    /// <summary>The move.</summary>
    public ulong Id { get; }

    /// <summary>Packets that the other host kept.</summary>
    public HeldPackets Inbox { get; } = new(InboxBytes);

    public MigrationTarget Target => _target;

    /// <summary>Takes messages and gives the answers. Where no store keeps epochs, who has all the state owns the machine.</summary>
    public void Step(IEnumerable<byte[]> received, List<byte[]> send, Timestamp now)
    {
        foreach (byte[] message in received.Append([]))
        {
            Answer(_target.Step(message, now, _answer), send);
            if (_target.State == MigrationState.Committing && !_claims)
            {
                _target.Claimed(won: true);
                Answer(_target.Step([], now, _answer), send);
            }
        }
    }

    private void Answer(int length, List<byte[]> send)
    {
        if (length > 0)
        {
            send.Add(_answer[..length]);
        }
    }
}
