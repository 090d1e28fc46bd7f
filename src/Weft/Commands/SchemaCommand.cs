using System.CommandLine;
using Weft.Host.Config;

namespace Weft.Cli.Commands;

/// <summary><c>weft schema</c>: the language of configurations for editors.</summary>
internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON Schema of configurations, for completion and checks in editors.");
        command.SetAction(_ =>
        {
            Console.Out.Write(ConfigurationSchema.ToJson());
            return ExitCode.Success;
        });
        return command;
    }
}
