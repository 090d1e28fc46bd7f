using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

[Trait(Kind.Key, Kind.Model)]
public sealed class CheckCommandTests
{
    [Fact]
    public void Check_of_a_good_configuration_says_what_it_holds_and_succeeds()
    {
        CommandResult result = WeftProgram.Run("check", Repository.File("samples/first-switch.yaml"));

        Assert.Equal((0, $"{Repository.File("samples/first-switch.yaml")}: 5 ports, 2 tunnel endpoints, 2 segments; 0 errors\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void Check_of_a_broken_configuration_prints_every_error_like_a_compiler_and_fails()
    {
        string path = Repository.File("conformance/Host/Config/Broken/52-everything-at-once.yaml");
        string[] expected = File.ReadAllLines(Path.ChangeExtension(path, ".expected"));

        CommandResult result = WeftProgram.Run("check", path);

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        string folder = Path.GetDirectoryName(path)! + "/";
        Assert.Equal([.. expected.Select(line => folder + line), $"{path}: {expected.Length} errors"], result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Check_of_a_configuration_with_warnings_succeeds()
    {
        CommandResult result = WeftProgram.Run("check", Repository.File("samples/vxlan-gateway.yaml"), "--set", "ports[underlay].mtu=1400");

        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("; 0 errors, 2 warnings\n", result.Output);
        Assert.Contains(": warning: segments[0].vtep: packets of 1450 bytes from port 'vm1' become 1500 in the tunnel, more than the mtu 1400 of port 'underlay'", result.Error);
    }

    [Fact]
    public void Schema_prints_what_is_checked_in() =>
        Assert.Equal(File.ReadAllText(Repository.File("docs/weft.schema.json")), WeftProgram.Run("schema").Output);

    [Fact]
    public void Commands_and_options_that_do_not_exist_are_refused()
    {
        Assert.Equal(1, WeftProgram.Run("chekc").ExitCode);
        Assert.Equal(1, WeftProgram.Run("run").ExitCode);
        Assert.Equal(1, WeftProgram.Run("check", Repository.File("samples/first-switch.yaml"), "--frob").ExitCode);
    }
}
