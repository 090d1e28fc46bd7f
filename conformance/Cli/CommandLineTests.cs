using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>What a person reads who asks for help or mistypes something.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class CommandLineTests
{
    private const int LongestLine = 600;

    [Theory]
    [InlineData]
    [InlineData("run")]
    [InlineData("show")]
    [InlineData("explain")]
    [InlineData("capture")]
    [InlineData("nat")]
    public void Help_fits_a_terminal(params string[] command)
    {
        CommandResult help = WeftProgram.Run([.. command, "--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.Contains("Usage:", help.Output);
        Assert.All(help.Output.Split('\n'), line => Assert.True(line.Length < LongestLine, line));
    }

    [Theory]
    [InlineData("drops", "'drops' is no command of 'weft'. Did you mean 'weft show drops'?", "'weft --help'")]
    [InlineData("explan x", "'explan' is no command of 'weft'. Did you mean 'weft explain'?", "'weft --help'")]
    [InlineData("nat moo", "'moo' is no command of 'weft nat'.", "'weft nat --help'")]
    [InlineData("show", "Option '--socket' is required.", "'weft show --help'")]
    [InlineData("show prots -s x", "There is no topic 'prots'.", "'weft show --help'")]
    [InlineData("show nat moo -s x", "There is no part 'moo' of 'nat'. Of acl: connections; of lb: flows or members; ", "'weft show --help'")]
    public void A_mistake_is_named_with_what_was_meant_and_where_help_is(string line, string named, string help)
    {
        CommandResult refused = WeftProgram.Run(line.Split(' '));
        Assert.Equal((1, ""), (refused.ExitCode, refused.Output));
        string[] lines = refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith(named, lines[0]);
        Assert.StartsWith(help, lines[1]);
    }

    [Theory]
    [InlineData("nat", "owners")]
    [InlineData("acl", "connections")]
    [InlineData("lb", "members")]
    [InlineData("dhcp-relays")]
    public void What_is_offered_is_taken(params string[] words)
    {
        CommandResult asked = WeftProgram.Run(["show", .. words, "--socket", "/no/such/switch.sock"]);
        Assert.Equal((2, "No switch answers at /no/such/switch.sock: there is no such socket. Is one running, and may you use its socket?\n"), (asked.ExitCode, asked.Error));
    }

    [Fact]
    public void The_environment_says_where_the_switch_is()
    {
        CommandResult asked = Command.Run("env", "WEFT_SOCKET=/no/such/switch.sock", WeftProgram.Host, WeftProgram.Assembly, "show", "ports");
        Assert.Equal(2, asked.ExitCode);
        Assert.StartsWith("No switch answers at /no/such/switch.sock", asked.Error);
    }
}
