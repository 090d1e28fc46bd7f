using System.CommandLine;
using System.CommandLine.Invocation;
using Weft.Cli.Views;
using Weft.Host.Config;
using Weft.Host.Control;

namespace Weft.Cli.Help;

/// <summary>What is wrong with a command line, in as many lines as there are mistakes, and where help is.</summary>
internal static class CommandLineErrors
{
    /// <summary>Prints the mistakes of a command line to the error stream.</summary>
    /// <returns>False if it has none, or nothing was asked for: then the command says what it can do.</returns>
    public static bool TryPrint(ParseResult parsed)
    {
        if (parsed.Action is not ParseErrorAction || parsed.Tokens.Count == 0)
        {
            return false;
        }

        Command command = parsed.CommandResult.Command;
        string name = NameOf(parsed.CommandResult);
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var word, ..])
        {
            Console.Error.WriteLine($"'{word}' is no command of '{name}'.{Meant(word, name, command)}");
        }
        else
        {
            foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
            {
                Console.Error.WriteLine(message);
            }
        }

        Console.Error.WriteLine($"'{name} --help' says how it is used.");
        return true;
    }

    private static string Meant(string word, string name, Command command) =>
        ShowTopics.TryParse(word, out _) ? $" Did you mean '{name} show {word}'?"
        : Suggestion.Nearest(word, command.Subcommands.Select(each => each.Name)) is string nearest ? $" Did you mean '{name} {nearest}'?"
        : "";

    private static string NameOf(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent ? $"{NameOf(parent)} {result.Command.Name}" : "weft";
}
