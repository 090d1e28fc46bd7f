using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>systemd's own judgement of the unit file.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class ServiceUnitTests
{
    private static readonly string Unit = Repository.File("packaging/systemd/weft@.service");

    [Fact]
    public void The_unit_exposes_no_more_than_its_readme_says()
    {
        LiveRequirements.NeedPrograms("systemd-analyze");
        // Tenths: an exposure of more than 3.0 fails.
        CommandResult result = Command.Run("systemd-analyze", "security", "--offline=true", "--threshold=30", Unit);
        Assert.True(result.Succeeded, result.Output + result.Error);
    }

    [Fact]
    public void The_unit_has_no_directive_that_systemd_does_not_know()
    {
        LiveRequirements.NeedPrograms("systemd-analyze");
        CommandResult result = Command.Run("systemd-analyze", "verify", "--man=no", Unit);
        Assert.DoesNotContain("Unknown", result.Output + result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Failed to parse", result.Output + result.Error, StringComparison.Ordinal);
    }
}
