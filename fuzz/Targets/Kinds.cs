using Weft.Fuzz.Mutation;
using Weft.Packets;

namespace Weft.Fuzz.Targets;

/// <summary>A target that takes one frame.</summary>
internal abstract class FrameTarget : FuzzTarget
{
    public sealed override int MaxBytes => FrameBytes;

    public override IMutator Mutator => new FrameMutator(Words);

    /// <summary>Addresses, ports and identifiers that the target knows.</summary>
    protected virtual IReadOnlyList<byte[]> Words => [];

    public override IEnumerable<byte[]> Beginnings() => Captures.Frames();
}

/// <summary>A target that takes a conversation of frames or messages.</summary>
internal abstract class ScriptTarget : FuzzTarget
{
    public sealed override int MaxBytes => ScriptBytes;

    public override IMutator Mutator => new ScriptMutator(new FrameMutator(Words));

    /// <summary>Addresses, ports and identifiers that the target knows.</summary>
    protected virtual IReadOnlyList<byte[]> Words => [];

    public override IEnumerable<byte[]> Beginnings() => Captures.Conversations();
}

/// <summary>An engine that takes conversations, and lives for some of them: tables are dear to make.</summary>
internal abstract class EngineTarget<TEngine> : ScriptTarget where TEngine : IDisposable
{
    private static readonly Timestamp Start = Timestamp.FromSeconds(1_000);

    private TEngine? _engine;
    private Timestamp _now = Start;

    public override int CasesOfLife => 250;

    public override void Reset()
    {
        _engine?.Dispose();
        _engine = Make(Start);
        _now = Start;
    }

    public sealed override void Run(ReadOnlySpan<byte> input)
    {
        if (_engine is null)
        {
            Reset();
        }

        var script = new ScriptReader(input);
        while (script.TryRead(out ScriptStep step))
        {
            _now += step.Wait;
            Step(_engine!, in step, _now);
        }
    }

    /// <summary>Makes the engine, small, with seeds that are known.</summary>
    protected abstract TEngine Make(Timestamp start);

    /// <summary>Something arrives.</summary>
    protected abstract void Step(TEngine engine, in ScriptStep step, Timestamp now);
}

/// <summary>A target that takes text or bytes of a format of its own.</summary>
internal abstract class BytesTarget : FuzzTarget
{
    public override int MaxBytes => FrameBytes;

    public override IMutator Mutator => new ByteMutator(Words);

    /// <summary>Keywords of the format.</summary>
    protected virtual IReadOnlyList<byte[]> Words => [];

    /// <summary>Text as bytes.</summary>
    protected static byte[][] Texts(params string[] texts) => [.. texts.Select(System.Text.Encoding.UTF8.GetBytes)];
}
