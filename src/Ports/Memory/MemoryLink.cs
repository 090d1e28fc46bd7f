using Weft.Packets;

namespace Weft.Ports;

/// <summary>
/// A cable in memory with a port at each end, for tests and simulation. It can lose, delay, duplicate, reorder and damage
/// frames, and does so in the same way every time for the same generator and the same calls.
/// </summary>
/// <remarks>One thread uses a link and both its ports. Nothing allocates after construction.</remarks>
public sealed class MemoryLink : IDisposable
{
    private readonly MemoryLane _leftToRight;
    private readonly MemoryLane _rightToLeft;
    private MemoryLinkCounters _counters;

    /// <summary>Lays a cable between two new ports.</summary>
    /// <param name="left">Name of the port at one end.</param>
    /// <param name="right">Name of the port at the other.</param>
    /// <param name="options">What happens on the way; default a perfect cable.</param>
    /// <param name="random">
    /// Where chance comes from; it is asked for one seed a direction, here and not later, so the traffic of one direction
    /// does not change the fate of the other. May be left out if no probability and no jitter is set.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    /// <exception cref="ArgumentNullException"><paramref name="random"/> is missing and <paramref name="options"/> leave something to chance.</exception>
    public MemoryLink(string left, string right, MemoryLinkOptions? options = null, Random? random = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(left);
        ArgumentException.ThrowIfNullOrEmpty(right);
        options ??= new MemoryLinkOptions();
        options.Validate();
        if (options.Loss + options.Duplication + options.Corruption + options.Reordering > 0 || options.Jitter > TimeSpan.Zero)
        {
            ArgumentNullException.ThrowIfNull(random);
        }

        _leftToRight = new MemoryLane(options, new Random(random?.Next() ?? 0));
        _rightToLeft = new MemoryLane(options, new Random(random?.Next() ?? 0));
        Left = new MemoryPort(left, this, outgoing: _leftToRight, incoming: _rightToLeft, options.MaxFrameBytes);
        Right = new MemoryPort(right, this, outgoing: _rightToLeft, incoming: _leftToRight, options.MaxFrameBytes);
    }

    /// <summary>The port at one end.</summary>
    public MemoryPort Left { get; }

    /// <summary>The port at the other end.</summary>
    public MemoryPort Right { get; }

    /// <summary>False while the cable is cut.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>What happened to frames on the way.</summary>
    public MemoryLinkCounters Counters
    {
        get
        {
            _counters = _leftToRight.Counters;
            _counters.Lost += _rightToLeft.Counters.Lost;
            _counters.Duplicated += _rightToLeft.Counters.Duplicated;
            _counters.Corrupted += _rightToLeft.Counters.Corrupted;
            _counters.Reordered += _rightToLeft.Counters.Reordered;
            return _counters;
        }
    }

    /// <summary>When the next frame arrives at either end; <see cref="Timestamp.MaxValue"/> if none is under way.</summary>
    public Timestamp NextArrival => _leftToRight.NextArrival < _rightToLeft.NextArrival ? _leftToRight.NextArrival : _rightToLeft.NextArrival;

    /// <summary>Cuts the cable: both ports are down, and what is under way is lost.</summary>
    public void Cut()
    {
        IsUp = false;
        _leftToRight.LoseAll();
        _rightToLeft.LoseAll();
    }

    /// <summary>Mends the cable.</summary>
    public void Mend() => IsUp = true;

    /// <summary>Cuts the cable and frees the memory of both directions.</summary>
    public void Dispose()
    {
        Cut();
        _leftToRight.Dispose();
        _rightToLeft.Dispose();
    }
}
