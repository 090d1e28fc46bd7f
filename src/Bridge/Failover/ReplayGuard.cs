namespace Weft.Bridge;

/// <summary>Takes only what is newer than all it has taken, by (epoch, sequence).</summary>
internal struct ReplayGuard
{
    private ulong _last;

    public bool TryAccept(uint epoch, uint sequence)
    {
        ulong position = ((ulong)epoch << 32) | sequence;
        if (position <= _last)
        {
            return false;
        }

        _last = position;
        return true;
    }
}
