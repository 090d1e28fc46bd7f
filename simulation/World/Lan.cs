using Weft.Packets;

namespace Weft.Simulation.World;

/// <summary>What is plugged into a network.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Host">Number of the host, or −1.</param>
/// <param name="Arrive">Takes a frame.</param>
internal sealed record Plug(string Name, int Host, Action<byte[]> Arrive)
{
    /// <summary>False while nothing passes in either direction.</summary>
    public bool IsIn { get; set; } = true;
}

/// <summary>
/// A switched network: it learns who is where from what it carries. In bad weather it loses, repeats and delays frames, and any two hosts may be cut
/// off from each other.
/// </summary>
internal sealed class Lan(string name, Random chance, Laws laws)
{
    /// <summary>More copies in one tick are a storm: everything that speaks here makes a few dozen.</summary>
    private const int StormFrames = 1_500;

    private readonly List<Plug> _plugs = [];
    private readonly Dictionary<ulong, Plug> _places = [];
    private readonly PriorityQueue<(Plug To, byte[] Frame), (long Due, long Number)> _underWay = new();
    private readonly HashSet<(int, int)> _cuts = [];
    private long _number;
    private int _carried;

    public string Name => name;

    /// <summary>Of a hundred frames, how many are lost and how many repeated; and by how many ticks at most one is late.</summary>
    public (int Loss, int Repetition, int Delay) Weather { get; set; }

    /// <summary>Frames under way.</summary>
    public int UnderWay => _underWay.Count;

    public Plug Add(string plug, int host, Action<byte[]> arrive)
    {
        var added = new Plug(plug, host, arrive);
        _plugs.Add(added);
        return added;
    }

    public void Cut(int one, int other, bool isCut = true)
    {
        (int, int) pair = (Math.Min(one, other), Math.Max(one, other));
        _ = isCut ? _cuts.Add(pair) : _cuts.Remove(pair);
    }

    public void Mend()
    {
        _cuts.Clear();
        Weather = default;
        _plugs.ForEach(plug => plug.IsIn = true);
    }

    /// <summary>Takes a frame that arrives with the next tick, or later.</summary>
    public void Carry(Plug from, byte[] frame, long tick)
    {
        if (!from.IsIn || frame.Length < EthernetHeader.UntaggedLength)
        {
            return;
        }

        _places[MacAddress.Read(frame.AsSpan(6)).Value] = from;
        var to = MacAddress.Read(frame);
        if (!to.IsGroup && _places.TryGetValue(to.Value, out Plug? known))
        {
            Carry(from, known, frame, tick);
            return;
        }

        foreach (Plug plug in _plugs)
        {
            Carry(from, plug, frame, tick);
        }
    }

    /// <summary>Delivers what is due.</summary>
    public void Deliver(long tick)
    {
        _carried = 0;
        while (_underWay.TryPeek(out (Plug To, byte[] Frame) next, out (long Due, long) when) && when.Due <= tick)
        {
            _ = _underWay.Dequeue();
            if (next.To.IsIn)
            {
                next.To.Arrive(next.Frame);
            }
        }
    }

    private void Carry(Plug from, Plug to, byte[] frame, long tick)
    {
        if (to == from || !to.IsIn || _cuts.Contains((Math.Min(from.Host, to.Host), Math.Max(from.Host, to.Host))))
        {
            return;
        }

        laws.Hold(++_carried < StormFrames, $"a storm in the network {name}: more than {StormFrames} frames in a tick");
        if (Weather != default)
        {
            if (chance.Next(100) < Weather.Loss)
            {
                return;
            }

            if (chance.Next(100) < Weather.Repetition)
            {
                _underWay.Enqueue((to, frame), (tick + 1 + chance.Next(1 + Weather.Delay), _number++));
            }
        }

        _underWay.Enqueue((to, frame), (tick + 1 + (Weather.Delay > 0 ? chance.Next(1 + Weather.Delay) : 0), _number++));
    }
}
