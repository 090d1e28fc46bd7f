namespace Weft.Conformance.Support;

/// <summary>The kinds of test, for <c>dotnet test --filter Kind=…</c>: <c>[Trait(Kind.Key, Kind.Rfc)]</c>.</summary>
public static class Kind
{
    /// <summary>Name of the trait.</summary>
    public const string Key = "Kind";

    /// <summary>Vectors and requirements of a standard; the test's name carries the number.</summary>
    public const string Rfc = "Rfc";

    /// <summary>Captures of implementations that are not ours.</summary>
    public const string Corpus = "Corpus";

    /// <summary>Laws that hold for every input (FsCheck).</summary>
    public const string Property = "Property";

    /// <summary>An engine beside a naive model, driven by the same commands.</summary>
    public const string Model = "Model";

    /// <summary>Damaged, lying and malicious input.</summary>
    public const string Hostile = "Hostile";

    /// <summary>No allocation after construction.</summary>
    public const string Alloc = "Alloc";

    /// <summary>Who may know whom.</summary>
    public const string Architecture = "Architecture";

    /// <summary>Namespaces and live peers; skips with a reason where the machine cannot.</summary>
    public const string Live = "Live";
}
