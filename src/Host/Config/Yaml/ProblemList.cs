namespace Weft.Host.Config.Yaml;

/// <summary>Collects every problem of one run. A file that is wrong throughout is told of its first ones, and how many follow.</summary>
internal sealed class ProblemList
{
    private const int MaxListed = 500;

    private readonly List<(ConfigurationProblem Problem, int Order)> _problems = [];
    private int _notListed;

    public bool HasErrors { get; private set; }

    public void Error(Location at, string message, string? expected = null) => Add(ProblemSeverity.Error, at, message, expected);

    public void Warning(Location at, string message) => Add(ProblemSeverity.Warning, at, message, null);

    /// <summary>All problems in the order of the file; the command line's values come last.</summary>
    public IReadOnlyList<ConfigurationProblem> Sorted()
    {
        List<ConfigurationProblem> sorted = _problems
            .OrderBy(p => p.Problem.File == Overrides.File).ThenBy(p => p.Problem.Line).ThenBy(p => p.Problem.Column).ThenBy(p => p.Order)
            .Select(p => p.Problem).ToList();
        if (_notListed > 0)
        {
            sorted.Add(sorted[^1] with { Path = "", Message = $"{_notListed} further problems are not listed", Expected = null });
        }

        return sorted;
    }

    private void Add(ProblemSeverity severity, Location at, string message, string? expected)
    {
        HasErrors |= severity == ProblemSeverity.Error;
        if (_problems.Count == MaxListed)
        {
            _notListed++;
            return;
        }

        var problem = new ConfigurationProblem
        {
            Severity = severity,
            File = at.File,
            Line = at.Line,
            Column = at.Column,
            Path = at.Path,
            Message = message,
            Expected = expected,
        };
        _problems.Add((problem, _problems.Count));
    }
}
