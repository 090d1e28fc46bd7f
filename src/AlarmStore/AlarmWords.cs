using Weft.Analytics;

namespace Weft.AlarmStore;

/// <summary>Severities and changes as words in tables: they stay readable, and their meaning does not hang on an enumeration's order.</summary>
internal static class AlarmWords
{
    public static string Of(AlarmSeverity severity) => severity.ToString().ToLowerInvariant();

    public static string Of(AlarmChange change) => change switch
    {
        AlarmChange.SeverityChanged => "severity-changed",
        _ => change.ToString().ToLowerInvariant(),
    };

    public static AlarmSeverity SeverityOf(string word) => Find<AlarmSeverity>(word, Of);

    public static AlarmChange ChangeOf(string word) => Find<AlarmChange>(word, Of);

    private static T Find<T>(string word, Func<T, string> wordOf)
        where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (wordOf(value) == word)
            {
                return value;
            }
        }

        throw new AlarmStoreException($"the table has the word '{word}', which this version does not know.");
    }
}
