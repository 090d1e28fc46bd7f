namespace Weft.Host.Config;

/// <summary>One thing that is wrong with a configuration, told so that a person can go there and mend it.</summary>
public sealed record ConfigurationProblem
{
    /// <summary>Whether the configuration is refused for it.</summary>
    public required ProblemSeverity Severity { get; init; }

    /// <summary>The file as the caller named it; <c>--set</c> for a value from the command line.</summary>
    public required string File { get; init; }

    /// <summary>Line, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Column in characters, from 1.</summary>
    public required int Column { get; init; }

    /// <summary>The key in the document, for example <c>ports[1].vlan.id</c>; empty for the document as a whole.</summary>
    public required string Path { get; init; }

    /// <summary>What is wrong, with the value that was written. Control characters are escaped, so it is safe to print.</summary>
    public required string Message { get; init; }

    /// <summary>What would be right, for example <c>a whole number from 1 to 4094</c>; null where the message says it all.</summary>
    public string? Expected { get; init; }

    /// <summary>The form of compilers, which editors make clickable: <c>file:line:column: error: path: message; expected …</c>.</summary>
    public override string ToString()
    {
        string severity = Severity == ProblemSeverity.Error ? "error" : "warning";
        string path = Path.Length == 0 ? "" : $"{Path}: ";
        string expected = Expected is null ? "" : $"; expected {Expected}";
        return $"{File}:{Line}:{Column}: {severity}: {path}{Message}{expected}";
    }
}
