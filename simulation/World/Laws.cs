using System.Runtime.CompilerServices;

namespace Weft.Simulation.World;

/// <summary>A law that did not hold.</summary>
internal sealed class BrokenLawException(string message) : Exception(message);

/// <summary>Looks after laws, and knows when it is.</summary>
internal sealed class Laws
{
    /// <summary>The moment in ticks.</summary>
    public long Tick { get; set; }

    /// <summary>How many times a law was looked at.</summary>
    public long Looks { get; private set; }

    /// <summary>Says what must hold; the words are put together only if it does not.</summary>
    public void Hold(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref Words what)
    {
        Looks++;
        if (!holds)
        {
            throw new BrokenLawException($"at {Tick * SimulatedWorld.TickMilliseconds} ms: {what.ToStringAndClear()}");
        }
    }

    /// <summary>Words that nobody puts together while the law holds.</summary>
    [InterpolatedStringHandler]
    internal ref struct Words
    {
        private DefaultInterpolatedStringHandler _text;

        public Words(int literals, int holes, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = holds ? default : new DefaultInterpolatedStringHandler(literals, holes);
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public string ToStringAndClear() => _text.ToStringAndClear();
    }
}
