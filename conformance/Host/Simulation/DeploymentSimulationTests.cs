using System.Globalization;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Whole deployments through schedules of faults, in a process of their own whose pool has one thread. <c>WEFT_SIMULATION_SCHEDULES</c> says how many;
/// docs/simulation.md what they are and what the long run came to.
/// </summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class DeploymentSimulationTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private static string Schedules => Environment.GetEnvironmentVariable("WEFT_SIMULATION_SCHEDULES") is { Length: > 0 } schedules ? schedules : "1000";

    [Fact]
    public async Task In_every_schedule_of_faults_the_laws_of_a_deployment_hold_and_it_heals_in_time()
    {
        CommandResult result = await RunAsync("run", "--seed", "1", "--schedules", Schedules);
        Assert.True(result.Succeeded, result.Output + result.Error);
        Assert.Contains($"{int.Parse(Schedules, CultureInfo.InvariantCulture):N0} schedules from seed 1, 0 failed", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3")]
    [InlineData("8")]
    public async Task The_same_seed_is_the_same_run_to_the_last_octet(string seed)
    {
        CommandResult result = await RunAsync("replay", "--seed", seed);
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
        Assert.Contains("all laws held", result.Output, StringComparison.Ordinal);
    }

    /// <summary>A simulation that finds nothing where there is something proves nothing.</summary>
    [Theory]
    [InlineData("NoConditions", "")]
    [InlineData("NoQuarantine", "block")]
    [InlineData("EndlessLeases", "")]
    [InlineData("MixedTenants", "of tenant")]
    [InlineData("ForgottenFlows", "the machine")]
    [InlineData("TwoBridges", "times")]
    public async Task What_is_wrong_on_purpose_is_found_made_small_and_found_again_by_the_command_that_is_printed(string sabotage, string law)
    {
        CommandResult found = await RunAsync("run", "--seed", "1", "--schedules", "300", "--sabotage", sabotage, "--first");
        Assert.True(found.ExitCode == 1, found.Output + found.Error);
        Assert.Contains("FAILED", found.Output, StringComparison.Ordinal);
        Assert.Contains(law, found.Output, StringComparison.Ordinal);

        string replay = found.Output.Split('\n').Single(line => line.Contains(" -- replay ", StringComparison.Ordinal));
        CommandResult again = await RunAsync(replay[(replay.IndexOf(" -- ", StringComparison.Ordinal) + 4)..].Trim().Split(' '));
        Assert.True(again.ExitCode == 1, again.Output + again.Error);
    }

    [Fact]
    public async Task A_deployment_that_lives_through_an_endless_row_of_faults_needs_no_more_memory()
    {
        CommandResult result = await RunAsync("soak", "--hours", "0.25");
        Assert.True(result.Succeeded, result.Output + result.Error);
        Assert.Contains("flat", result.Output, StringComparison.Ordinal);
    }

    /// <summary>The program where it was built: beside the tests its assemblies may be changed to measure coverage.</summary>
    private static async Task<CommandResult> RunAsync(params string[] arguments)
    {
        string configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Release" : "Debug";
        string program = Repository.File($"simulation/bin/{configuration}/net10.0/Weft.Simulation.dll");
        using RunningCommand running = Command.Start("dotnet", [program, .. arguments]);
        for (TimeSpan waited = TimeSpan.Zero; !running.HasExited && waited < Patience; waited += TimeSpan.FromMilliseconds(200))
        {
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        return running.WaitForExit(TimeSpan.FromSeconds(1));
    }
}
