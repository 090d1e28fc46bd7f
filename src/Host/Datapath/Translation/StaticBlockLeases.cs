using Weft.Nat;
using Weft.Packets;

namespace Weft.Host.Datapath.Translation;

/// <summary>The blocks of a configuration: they are this host's for as long as the configuration says so.</summary>
internal sealed class StaticBlockLeases : IPortBlockLeases
{
    private readonly List<PortBlock> _free;
    private readonly Queue<LeaseAnswer> _answers;

    public StaticBlockLeases(IReadOnlyList<PortBlock> blocks)
    {
        _free = [.. blocks];
        _answers = new Queue<LeaseAnswer>(blocks.Count + 1);
    }

    public void Request(IPv4Address preferred, Timestamp now)
    {
        if (_free.Count == 0)
        {
            return;
        }

        int index = Math.Max(0, _free.FindIndex(block => block.Address == preferred));
        _answers.Enqueue(new LeaseAnswer(LeaseAnswerKind.Granted, _free[index], Timestamp.MaxValue));
        _free.RemoveAt(index);
    }

    public void Renew(PortBlock block, Timestamp now) => _answers.Enqueue(new LeaseAnswer(LeaseAnswerKind.Renewed, block, Timestamp.MaxValue));

    public void Release(PortBlock block, Timestamp now) => _free.Add(block);

    public bool TryTakeAnswer(Timestamp now, out LeaseAnswer answer) => _answers.TryDequeue(out answer);
}
