using Weft.Fuzz.Mutation;

namespace Weft.Fuzz.Targets;

/// <summary>
/// One door for bytes from outside. What is made for a case alone sees faults again from that input alone; what is dear to make lives for several cases, and
/// then those of its life are the input. Whatever <see cref="Run"/> throws is a fault.
/// </summary>
internal abstract class FuzzTarget
{
    /// <summary>The longest input of a frame.</summary>
    protected const int FrameBytes = 4_096;

    /// <summary>The longest conversation.</summary>
    protected const int ScriptBytes = 24_576;

    /// <summary>The name on the command line and of the file of kept inputs.</summary>
    public abstract string Name { get; }

    /// <summary>What it attacks, in a line.</summary>
    public abstract string What { get; }

    /// <summary>The assemblies whose coverage guides it, without <c>Weft.</c>.</summary>
    public abstract IReadOnlyList<string> Assemblies { get; }

    /// <summary>No input is longer.</summary>
    public abstract int MaxBytes { get; }

    /// <summary>How new inputs are made.</summary>
    public abstract IMutator Mutator { get; }

    /// <summary>Inputs to begin with.</summary>
    public abstract IEnumerable<byte[]> Beginnings();

    /// <summary>After how many cases <see cref="Reset"/> is called.</summary>
    public virtual int CasesOfLife => 1;

    /// <summary>Begins anew: nothing that came before matters any more.</summary>
    public virtual void Reset()
    {
    }

    /// <summary>One case.</summary>
    public abstract void Run(ReadOnlySpan<byte> input);

    /// <summary>Says what must hold of the answer.</summary>
    protected static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FuzzFaultException(what);
        }
    }
}
