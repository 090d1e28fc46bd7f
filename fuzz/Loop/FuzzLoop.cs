using System.Diagnostics;
using Weft.Fuzz.Coverage;
using Weft.Fuzz.Mutation;
using Weft.Fuzz.Targets;

namespace Weft.Fuzz.Loop;

/// <summary>Runs one target: keeps each input that reaches something new, and makes the next one from those.</summary>
internal sealed class FuzzLoop : IDisposable
{
    private const int MaxFaults = 20;
    private const int CutTries = 40;
    private const int CutTriesOfDear = 10;

    /// <summary>What version control is asked to carry for a target. What does not fit are the longest.</summary>
    private const int KeptBytes = 24_000;

    private readonly FuzzTarget _target;
    private readonly FuzzLimits _limits;
    private readonly Dice _dice;
    private readonly Range[] _blocks;
    private readonly List<byte[]> _kept = [];
    private readonly Dictionary<string, FuzzFault> _faults = [];
    private readonly IMutator _mutator;
    private readonly Watchdog _watchdog;
    private readonly byte[] _buffer;
    private int _length;
    private readonly List<byte[]> _life = [];
    private long _cases;

    /// <param name="target">What is attacked.</param>
    /// <param name="limits">When to end.</param>
    /// <param name="blocks">The counters of the target's assemblies; none if nothing is instrumented, and then no input is worth more than another.</param>
    /// <param name="stuck">Is told of an input that does not come to an end.</param>
    public FuzzLoop(FuzzTarget target, FuzzLimits limits, Range[] blocks, Action<byte[]> stuck)
    {
        (_target, _limits, _blocks) = (target, limits, blocks);
        _dice = new Dice(limits.Seed);
        _mutator = target.Mutator;
        _buffer = new byte[target.MaxBytes];
        _watchdog = new Watchdog(() => _buffer[..Math.Max(0, _length)], stuck);
    }

    /// <summary>The inputs that reached something, in the order of their discovery.</summary>
    public IReadOnlyList<byte[]> Kept => _kept;

    /// <summary>Runs the given inputs and then as many new ones as the limits say.</summary>
    public FuzzReport Run(IEnumerable<byte[]> beginnings)
    {
        CoverageMap.Watch(_blocks);
        var watch = Stopwatch.StartNew();
        foreach (byte[] input in beginnings.Where(input => input.Length <= _target.MaxBytes))
        {
            input.CopyTo(_buffer, 0);
            Try(input.Length, isNew: false);
            if (_blocks.Length == 0)
            {
                _kept.Add(input);
            }
        }

        while (_cases < _limits.Cases && watch.Elapsed < _limits.Time && _faults.Count < MaxFaults)
        {
            byte[] start = Choose();
            start.CopyTo(_buffer, 0);
            Try(_mutator.Mutate(_buffer, start.Length, Choose(), _dice), isNew: true);
        }

        return new FuzzReport(_target.Name, _cases, watch.Elapsed, CoverageMap.Reached(), _blocks.Sum(range => range.End.Value - range.Start.Value), _kept.Count, [.. _faults.Values]);
    }

    public void Dispose() => _watchdog.Dispose();

    /// <summary>The fewest inputs, short ones first, that reach together what all kept ones reach.</summary>
    public IReadOnlyList<byte[]> Smallest()
    {
        CoverageMap.Watch(_blocks);
        var smallest = new List<byte[]>();
        int bytes = 0;
        foreach (byte[] input in _kept.OrderBy(input => input.Length))
        {
            _target.Reset();
            CoverageMap.Clear();
            _target.Run(input);
            if (CoverageMap.TakeNews())
            {
                smallest.Add(Shorten(input));
                bytes += smallest[^1].Length;
                if (bytes > KeptBytes)
                {
                    break;
                }
            }
        }

        return smallest;
    }

    /// <summary>What was found last has been explored least: half of the choices are among the newest.</summary>
    private byte[] Choose() => _kept.Count == 0 ? [] : _kept[_dice.OneIn(2) ? _dice.Roll(_kept.Count) : _kept.Count - 1 - _dice.Roll(Math.Max(1, _kept.Count / 8))];

    private void Try(int length, bool isNew)
    {
        _length = length;
        if (!Survives(_buffer.AsSpan(0, length)) || !CoverageMap.TakeNews())
        {
            return;
        }

        _kept.Add(isNew && _target.CasesOfLife == 1 ? Shorten(_buffer.AsSpan(0, length)) : _buffer.AsSpan(0, length).ToArray());
    }

    private bool Survives(ReadOnlySpan<byte> input)
    {
        if (_life.Count == _target.CasesOfLife)
        {
            _life.Clear();
        }

        if (_life.Count == 0)
        {
            _target.Reset();
        }

        _life.Add(_target.CasesOfLife > 1 ? input.ToArray() : []);
        CoverageMap.Clear();
        try
        {
            _target.Run(input);
            return true;
        }
        catch (Exception fault)
        {
            if (!_faults.ContainsKey(new FuzzFault([], fault.ToString()).Kind))
            {
                FuzzFault found = _target.CasesOfLife > 1 ? Relive(fault) : new FuzzFault(input.ToArray(), fault.ToString());
                _faults.TryAdd(found.Kind, found);
            }

            _life.Clear();
            return false;
        }
        finally
        {
            _cases++;
            _watchdog.Alive();
        }
    }

    /// <summary>Finds how much of a life is needed for its end: scripts one behind the other are a script.</summary>
    private FuzzFault Relive(Exception fault)
    {
        for (int last = 1; ; last = Math.Min(2 * last, _life.Count))
        {
            byte[] script = [.. _life.TakeLast(last).SelectMany(bytes => bytes)];
            _target.Reset();
            try
            {
                _target.Run(script);
            }
            catch (Exception again)
            {
                return new FuzzFault(script, again.ToString());
            }

            if (last == _life.Count)
            {
                return new FuzzFault(script, $"{fault}\nnot seen again from this script alone");
            }
        }
    }

    /// <summary>Cuts out what the input does not need to reach what it reaches.</summary>
    private byte[] Shorten(ReadOnlySpan<byte> input)
    {
        byte[] shortest = input.ToArray();
        _life.Clear();
        if (!Survives(shortest))
        {
            return shortest;
        }

        ulong reached = CoverageMap.Signature();
        for (int tries = 0; tries < (_target.CasesOfLife == 1 ? CutTries : CutTriesOfDear) && shortest.Length > 4; tries++)
        {
            int count = 1 + _dice.Roll(Math.Max(1, shortest.Length / 2));
            int at = _dice.Roll(shortest.Length - count + 1);
            byte[] cut = [.. shortest.AsSpan(0, at), .. shortest.AsSpan(at + count)];
            _life.Clear();
            if (Survives(cut) && CoverageMap.Signature() == reached)
            {
                shortest = cut;
            }
        }

        return shortest;
    }
}
