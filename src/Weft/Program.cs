using System.CommandLine;
using System.CommandLine.Help;
using Weft.Cli;
using Weft.Cli.Commands;
using Weft.Cli.Help;

var root = new RootCommand("weft: a software switch for virtual networks.")
{
    RunCommand.Create(),
    CheckCommand.Create(),
    TraceCommand.Create(),
    ShowCommand.Create(),
    EventsCommand.Create(),
    CaptureCommand.Create(),
    TopCommand.Create(),
    BridgeCommand.Create(),
    NatCommand.Create(),
    LbCommand.Create(),
    SaseCommand.Create(),
    SaseCommand.CreateDrain(),
    PortCommand.Create(),
    MeshCommand.Create(),
    MigrateCommand.Create(),
    RekeyCommand.Create(),
    IdsCommand.Create(),
    SuricataCommand.Create(),
    AnalyticsCommand.Create(),
    WhatIfCommand.Create(),
    ExplainCommand.Create(),
    SchemaCommand.Create(),
    CompletionCommand.Create(),
    ManualCommand.Create(),
};

// Other systems' ways to ask for help; here they would only be offered as options.
HelpOption help = root.Options.OfType<HelpOption>().Single();
_ = help.Aliases.Remove("/?") && help.Aliases.Remove("/h") && help.Aliases.Remove("-?");

ParseResult parsed = root.Parse(args);
if (CommandLineErrors.TryPrint(parsed))
{
    return ExitCode.Refused;
}

// Signals are the business of 'weft run', which lets the switch finish its burst; the other commands may end at once.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }).ConfigureAwait(false);

/// <summary>The program. It is named here because the web framework's generator would make it public.</summary>
internal sealed partial class Program;
