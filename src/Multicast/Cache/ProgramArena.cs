using Weft.Flows;

namespace Weft.Multicast;

/// <summary>Memory of recorded programs: chains of blocks, of which the last word is the next block.</summary>
internal sealed class ProgramArena(int blocks)
{
    public const int BlockWords = 32;
    public const int None = -1;

    private readonly ulong[] _words = new ulong[blocks * BlockWords];
    private readonly IndexPool _pool = new(blocks);

    public ReadOnlySpan<ulong> Block(int block) => _words.AsSpan(block * BlockWords, BlockWords);

    public static int Next(ReadOnlySpan<ulong> block) => (int)(uint)block[BlockWords - 1];

    public bool TryRent(out int block)
    {
        if (!_pool.TryRent(out block))
        {
            return false;
        }

        _words[(block * BlockWords) + BlockWords - 1] = unchecked((uint)None);
        return true;
    }

    public void Write(int block, int at, Operation operation) => _words[(block * BlockWords) + at] = operation.Word;

    public void Link(int block, int next) => _words[(block * BlockWords) + BlockWords - 1] = (uint)next;

    /// <summary>Gives a chain back.</summary>
    public void Free(int first)
    {
        while (first != None)
        {
            int next = Next(Block(first));
            _pool.Return(first);
            first = next;
        }
    }
}
