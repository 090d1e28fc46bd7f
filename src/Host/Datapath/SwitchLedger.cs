using System.Numerics;
using Weft.Host.Observe;

namespace Weft.Host.Datapath;

/// <summary>The books of one worker: where frames came from and where they ended. Plain fields, one writer.</summary>
internal sealed class SwitchLedger
{
    private readonly long[] _drops;
    private readonly int _columns;

    /// <summary>Opens the books for so many ports, segments and remote endpoints.</summary>
    public SwitchLedger(int ports, int segments = 0, int peers = 0)
    {
        Traffic = new TrafficBooks(segments, peers);
        RemovedPorts = ports;
        _columns = ports + 1;
        _drops = new long[(DropReasons.All.Count + 1) * _columns];
    }

    /// <summary>What segments and remote endpoints have to carry.</summary>
    public TrafficBooks Traffic { get; }

    /// <summary>The column of ports that a new configuration took away.</summary>
    public int RemovedPorts { get; }

    /// <summary>Frames taken from ports.</summary>
    public long Received;

    /// <summary>Frames that the switch made.</summary>
    public long Generated;

    /// <summary>Frames that ports accepted.</summary>
    public long Sent;

    /// <summary>Frames meant for the switch.</summary>
    public long Consumed;

    /// <summary>Frames that wait for a neighbour, and fragments that wait for the rest of their frame.</summary>
    public long Held;

    /// <summary>Frames handed to other workers.</summary>
    public long HandedOut;

    /// <summary>Frames taken from other workers.</summary>
    public long HandedIn;

    /// <summary>Counts one dropped frame.</summary>
    public void Drop(DropReason reason, int ingress) => _drops[((int)reason * _columns) + ingress]++;

    /// <summary>Counts dropped frames.</summary>
    public void Drop(DropReason reason, int ingress, long frames) => _drops[((int)reason * _columns) + ingress] += frames;

    /// <summary>Frames that entered through a port and were dropped for a reason.</summary>
    public long Drops(DropReason reason, int ingress) => _drops[((int)reason * _columns) + ingress];

    /// <summary>Frames dropped for a reason, or for any if it is <see cref="DropReason.None"/>.</summary>
    public long Drops(DropReason reason = DropReason.None)
    {
        ReadOnlySpan<long> cells = reason == DropReason.None ? _drops : _drops.AsSpan((int)reason * _columns, _columns);
        var sums = Vector<long>.Zero;
        for (; cells.Length >= Vector<long>.Count; cells = cells[Vector<long>.Count..])
        {
            sums += new Vector<long>(cells);
        }

        long sum = Vector.Sum(sums);
        foreach (long cell in cells)
        {
            sum += cell;
        }

        return sum;
    }

    /// <summary>The books of all workers together; what is between two of them is held.</summary>
    public static FrameTotals Sum(IEnumerable<SwitchLedger> ledgers)
    {
        var sum = new FrameTotals();
        foreach (SwitchLedger ledger in ledgers)
        {
            sum = new FrameTotals
            {
                Received = sum.Received + ledger.Received,
                Generated = sum.Generated + ledger.Generated,
                Sent = sum.Sent + ledger.Sent,
                Dropped = sum.Dropped + ledger.Drops(),
                Consumed = sum.Consumed + ledger.Consumed,
                Held = sum.Held + ledger.Held + ledger.HandedOut - ledger.HandedIn,
            };
        }

        return sum;
    }

    /// <summary>Adds the books of an earlier configuration.</summary>
    /// <param name="earlier">Its books.</param>
    /// <param name="newIndex">For each of its ports the index now, -1 if it is gone.</param>
    public void CarryOver(SwitchLedger earlier, ReadOnlySpan<int> newIndex)
    {
        (Received, Generated, Sent) = (Received + earlier.Received, Generated + earlier.Generated, Sent + earlier.Sent);
        (Consumed, Held) = (Consumed + earlier.Consumed, Held + earlier.Held);
        (HandedOut, HandedIn) = (HandedOut + earlier.HandedOut, HandedIn + earlier.HandedIn);
        foreach (DropReason reason in DropReasons.All)
        {
            for (int port = 0; port < earlier._columns; port++)
            {
                int now = port < newIndex.Length && newIndex[port] >= 0 ? newIndex[port] : RemovedPorts;
                _drops[((int)reason * _columns) + now] += earlier.Drops(reason, port);
            }
        }
    }
}
