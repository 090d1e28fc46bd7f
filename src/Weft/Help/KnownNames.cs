using System.CommandLine;
using System.CommandLine.Completions;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Cli.Help;

/// <summary>What a shell may offer for a word that somebody begins: names that are fixed, and names that a configuration or a running switch knows.</summary>
internal static class KnownNames
{
    /// <summary>Longest that a person waits for the answer of a switch.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Parts of topics of <c>weft show</c>.</summary>
    private static readonly Dictionary<ShowTopic, string[]> Parts = new()
    {
        [ShowTopic.Acl] = ["connections"],
        [ShowTopic.Multicast] = ["groups", "flows"],
        [ShowTopic.Nat] = ["sessions", "blocks", "owners"],
        [ShowTopic.Lb] = ["flows", "members"],
        [ShowTopic.Mesh] = ["flows"],
    };

    /// <summary>Topics of <c>weft show</c>; those that are parts of others are offered behind them.</summary>
    public static IEnumerable<string> Topics { get; } = [.. Enum.GetNames<ShowTopic>().Where(name => !Parts.Keys.Any(topic => name.Length > topic.ToString().Length && name.StartsWith(topic.ToString(), StringComparison.Ordinal))).Select(Hyphenated).Order()];

    /// <summary>Which topics have parts, and which: a sentence without its end.</summary>
    public static string TopicsWithParts { get; } = $"Of {string.Join("; of ", Parts.OrderBy(topic => topic.Key.ToString(), StringComparer.Ordinal).Select(topic => $"{Hyphenated(topic.Key.ToString())}: {string.Join(" or ", topic.Value)}"))}";

    /// <summary>Names of drop reasons.</summary>
    public static IEnumerable<string> DropReasonNames { get; } = [.. DropReasons.All.Select(reason => DropReasons.Explain(reason).Name).Order()];

    /// <summary>Offers words, and nothing else.</summary>
    public static T Offers<T>(this T symbol, Func<ParseResult, IEnumerable<string>> words)
        where T : Symbol => symbol.Offers((parsed, _) => words(parsed));

    /// <summary>Offers words, which may depend on the one that is begun.</summary>
    public static T Offers<T>(this T symbol, Func<ParseResult, string, IEnumerable<string>> words)
        where T : Symbol
    {
        List<Func<CompletionContext, IEnumerable<CompletionItem>>> sources = symbol switch
        {
            Option option => option.CompletionSources,
            Argument argument => argument.CompletionSources,
            _ => throw new ArgumentException("Only options and arguments have values.", nameof(symbol)),
        };
        sources.Clear();
        sources.Add(context => Words(context).Select(word => new CompletionItem(word)));
        return symbol;

        IEnumerable<string> Words(CompletionContext context)
        {
            try
            {
                return [.. words(context.ParseResult, context.WordToComplete)];
            }
            catch (InvalidOperationException)
            {
                // Another word of the line is not right yet.
                return [];
            }
        }
    }

    /// <summary>Parts of a topic.</summary>
    public static IEnumerable<string> PartsOf(ShowTopic topic) => Parts.GetValueOrDefault(topic, []);

    /// <summary>Names of ports of the switch behind a socket; none if it does not answer at once.</summary>
    public static IEnumerable<string> PortsOf(string? socket) => Ask(socket).Ports.Select(port => port.Name);

    /// <summary>Names of stages of the switch behind a socket.</summary>
    public static IEnumerable<string> StagesOf(string? socket) => Ask(socket).Stages.Select(stage => stage.Name);

    /// <summary>Names of ports of a configuration.</summary>
    public static IEnumerable<string> PortsIn(string? path) => path is not null && File.Exists(path) && ConfigurationFile.Read(path).Plan is SwitchPlan plan ? plan.Ports.Select(port => port.Name) : [];

    /// <summary>A name as people write it: dhcp-relays.</summary>
    private static string Hyphenated(string name) => string.Concat(name.Select((letter, place) => char.IsUpper(letter) && place > 0 ? $"-{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    private static SwitchSnapshot Ask(string? socket)
    {
        var nobody = new SwitchSnapshot { Name = "", Version = "", UptimeSeconds = 0, Totals = default };
        if (socket is null)
        {
            return nobody;
        }

        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return ControlClient.ShowAsync(socket, ShowTopic.Ports, patience.Token).GetAwaiter().GetResult();
        }
        catch (Exception silent) when (silent is ControlException or OperationCanceledException)
        {
            // A shell shows nothing where an error would tear its line apart.
            return nobody;
        }
    }
}
