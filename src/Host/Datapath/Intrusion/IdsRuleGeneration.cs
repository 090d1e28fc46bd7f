using System.Collections.Frozen;
using Weft.Ids;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Rules as they were read at one moment, compiled. Immutable.</summary>
public sealed class IdsRuleGeneration
{
    private readonly FrozenDictionary<(uint Gid, uint Sid), Rule> _rules;
    private readonly RuleClasses _classes;

    private IdsRuleGeneration(int number, RuleImage image, RuleSet rules, IReadOnlyList<string> leftOut, RuleClasses classes)
    {
        (Number, Image, LeftOut, _classes) = (number, image, leftOut, classes);
        _rules = rules.Rules.ToFrozenDictionary(rule => (rule.Gid, rule.Sid));
    }

    /// <summary>1 for what was read at the start, one more for each reload.</summary>
    public int Number { get; }

    /// <summary>What detectors work with.</summary>
    public RuleImage Image { get; }

    /// <summary>Rules that were not taken: <c>file:line:column: reason</c> each.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <summary>Rules in force.</summary>
    public int RuleCount => Image.RuleCount;

    /// <summary>The rule behind an alert; null if it is of another generation.</summary>
    public Rule? Find(uint gid, uint sid) => _rules.GetValueOrDefault((gid, sid));

    /// <summary>The text of a rule's class, its name if it has no text; empty if it has no class.</summary>
    internal string CategoryOf(Rule rule) => _classes.TextOf(rule.ClassType);

    /// <summary>The rule's priority, or that of its class where the rule names none.</summary>
    internal int PriorityOf(Rule rule) => _classes.PriorityOf(rule);

    internal static IdsRuleGeneration Read(IdsRuleFiles files, int number)
    {
        var text = new List<byte>();
        var lines = new List<(string File, int First)>();
        int line = 0;
        foreach (string file in files.Files)
        {
            byte[] bytes = ReadFile(file, "rule file");
            lines.Add((file, line));
            text.AddRange(bytes);
            // Without it the first rule of the next file would end up in the last line of this one.
            text.Add((byte)'\n');
            line += bytes.AsSpan().Count((byte)'\n') + 1;
        }

        return Compile(files, [.. text], lines, number);
    }

    internal static IdsRuleGeneration Compile(IdsRuleFiles files, byte[] text, List<(string File, int First)> lines, int number)
    {
        RuleVariables variables = RuleVariables.Default;
        foreach ((string name, string value) in files.Variables)
        {
            variables[name] = value;
        }

        RuleClasses classes = files.Classification is string path ? RuleClasses.Parse(ReadFile(path, "classification file")) : RuleClasses.None;
        var diagnostics = new List<RuleDiagnostic>();
        RuleSet rules = RuleParser.Parse(text, variables, diagnostics);
        rules = files.ChangeAction is null ? rules : rules.WithActions(rule => files.ChangeAction(rule.Action));
        return new IdsRuleGeneration(number, RuleImage.Compile(rules), rules, [.. diagnostics.Select(it => Place(it, lines))], classes);
    }

    private static string Place(RuleDiagnostic diagnostic, List<(string File, int First)> lines)
    {
        int at = lines.FindLastIndex(file => file.First < diagnostic.Line);
        return at < 0 ? diagnostic.ToString() : $"{lines[at].File}:{diagnostic with { Line = diagnostic.Line - lines[at].First }}";
    }

    private static byte[] ReadFile(string path, string what)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SwitchStartException($"the {what} '{path}' cannot be read: {failure.Message}", failure);
        }
    }
}
