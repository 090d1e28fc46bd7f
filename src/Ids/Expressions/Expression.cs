using System.Text;

namespace Weft.Ids;

/// <summary>
/// A regular expression in PCRE's syntax over bytes, compiled; immutable. <see cref="ExpressionMatcher"/> runs it.
/// </summary>
internal sealed class Expression
{
    // A set of more than that many bytes stops a search too often to be worth it.
    private const int MaxFirst = 200;

    private Expression(ExpressionNode node, ExpressionReader reader, ExpressionModes modes, ByteSetCache sets)
    {
        var compiler = new ExpressionCompiler(reader.HasBackReferences);
        Steps = compiler.Compile(node);
        Memories = compiler.Memories;
        Captures = reader.HasBackReferences ? reader.Captures : 0;
        IsLinear = compiler.IsMemoryless && compiler.Memories <= ExpressionCompiler.MaxSteps;
        Least = node.Least;
        IsAnchored = (modes & ExpressionModes.Anchored) != 0 || BeginsAtStart(node);
        ByteBits first = default;
        First = node.AddFirst(ref first) || first.Count > MaxFirst ? null : sets.Of(first);
    }

    public ExpressionStep[] Steps { get; }

    /// <summary>Steps that remember where they were tried.</summary>
    public int Memories { get; }

    /// <summary>Parts that are asked for again; 0 if none is.</summary>
    public int Captures { get; }

    /// <summary>True if its time is linear in the subject: nothing in it looks around or back.</summary>
    public bool IsLinear { get; }

    /// <summary>Fewest bytes of a match.</summary>
    public int Least { get; }

    /// <summary>True if it matches at the subject's beginning alone.</summary>
    public bool IsAnchored { get; }

    /// <summary>Bytes that a match begins with, or null if too many do.</summary>
    public ByteSet? First { get; }

    /// <summary>Reads and compiles an expression.</summary>
    /// <param name="text">The expression, without delimiters; characters above ASCII stand for their bytes in UTF-8.</param>
    /// <param name="modes">PCRE's options.</param>
    /// <param name="sets">Where sets of bytes are kept.</param>
    /// <param name="expression">The expression.</param>
    /// <returns><see cref="RuleError.BadPattern"/> if it is wrong, <see cref="RuleError.UnsupportedValue"/> for what is not supported.</returns>
    public static RuleError TryParse(string text, ExpressionModes modes, ByteSetCache sets, out Expression? expression)
    {
        expression = null;
        try
        {
            var reader = new ExpressionReader(Encoding.UTF8.GetBytes(text), modes, sets);
            ExpressionNode node = reader.Read();
            expression = new Expression(node, reader, modes, sets);
            return RuleError.None;
        }
        catch (ExpressionException exception)
        {
            return exception.Error;
        }
    }

    private static bool BeginsAtStart(ExpressionNode node) => node switch
    {
        PlaceNode place => place.Place == ExpressionPlace.Start,
        SequenceNode sequence => sequence.Parts.Length > 0 && BeginsAtStart(sequence.Parts[0]),
        ChoiceNode choice => Array.TrueForAll(choice.Parts, BeginsAtStart),
        CaptureNode capture => BeginsAtStart(capture.Part),
        AtomicNode atomic => BeginsAtStart(atomic.Part),
        RepeatNode repeat => repeat.Times > 0 && BeginsAtStart(repeat.Part),
        _ => false,
    };
}
