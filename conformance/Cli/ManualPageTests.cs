using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>The manual page, judged by the programs that format such pages.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class ManualPageTests
{
    private const string Path = "packaging/man/weft.1";

    [Fact]
    public void The_page_that_is_packaged_is_that_of_the_commands() => Golden.Equal(Path, WeftProgram.Run("manual").Required().Output);

    [Fact]
    public void Mandoc_finds_nothing_to_complain_of()
    {
        LiveRequirements.NeedPrograms("mandoc");
        CommandResult result = Command.Run("mandoc", "-Tlint", Repository.File(Path));
        Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void Groff_formats_it_without_a_warning_and_every_command_is_in_it()
    {
        LiveRequirements.NeedPrograms("groff");
        CommandResult result = Command.Run("groff", "-man", "-Tutf8", "-P-cbou", "-ww", Repository.File(Path)).Required();
        Assert.Equal("", result.Error);
        string[] commands = [.. WeftProgram.Run("--help").Output.Split("Commands:")[1].Split('\n').Select(line => line.Trim().Split(' ')[0]).Where(word => word.Length > 0)];
        Assert.True(commands.Length > 15);
        Assert.All(commands, command => Assert.Contains($"weft {command}", result.Output));
    }
}
