using Weft.Conformance.Support;
using Weft.Host.Datapath;

namespace Weft.Conformance.CliTests;

[Trait(Kind.Key, Kind.Model)]
public sealed class ExplainCommandTests
{
    [Fact]
    public void Explain_gives_cause_fix_and_key()
    {
        CommandResult result = WeftProgram.Run("explain", "vlan-not-allowed");

        DropExplanation explanation = DropReasons.Explain(DropReason.VlanNotAllowed);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal($"vlan-not-allowed, dropped by stage {explanation.Stage}\n\nCause  {explanation.Cause}\nFix    {explanation.Fix}\nKey    {explanation.ConfigKey}\n", result.Output);
    }

    [Fact]
    public void Explain_of_a_mistyped_reason_suggests_the_right_one()
    {
        CommandResult result = WeftProgram.Run("explain", "vlan-not-alowed");

        Assert.Equal((1, "There is no such drop reason. Did you mean vlan-not-allowed? 'weft explain' lists them all.\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public void Explain_alone_lists_every_reason()
    {
        string output = WeftProgram.Run("explain").Output;

        Assert.All(DropReasons.All, reason => Assert.Contains($" {DropReasons.Explain(reason).Name} ", output));
    }
}
