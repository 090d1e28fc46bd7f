using System.CommandLine;

namespace Weft.Cli.Commands;

/// <summary>The option of all commands that ask a running switch, so that it means the same everywhere.</summary>
internal static class ControlSocket
{
    /// <summary>Environment variable that stands for the option.</summary>
    public const string Variable = "WEFT_SOCKET";

    /// <summary>The option: required, unless the environment says where the switch is.</summary>
    public static Option<string> Option()
    {
        string? known = Environment.GetEnvironmentVariable(Variable);
        var socket = new Option<string>("--socket", "-s") { Description = $"The switch's control socket (switch.controlSocket); {Variable} in the environment stands for it.", Required = string.IsNullOrEmpty(known), HelpName = "path" };
        if (!socket.Required)
        {
            socket.DefaultValueFactory = _ => known!;
        }

        return socket;
    }
}
