using Weft.Conformance.Support;

namespace Weft.Conformance.CliTests;

/// <summary>The built executable, run as users run it: a process with arguments, two streams and an exit code.</summary>
internal static class WeftProgram
{
    public static readonly string Host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } path ? path : "dotnet";

    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "weft.dll");

    public static CommandResult Run(params string[] arguments) => Command.Run(TimeSpan.FromSeconds(60), Host, [Assembly, .. arguments]);

    public static RunningCommand Start(params string[] arguments) => Command.Start(Host, [Assembly, .. arguments]);

    /// <summary>Runs the first switch with its output in a folder of the caller's.</summary>
    public static CommandResult RunFirstSwitch(string folder, params string[] arguments)
    {
        string[] ports = ["vxlan-wire", "blue-lan", "geneve-wire", "red-lan", "tap-all"];
        return Run(["run", Repository.File("samples/first-switch.yaml"), .. ports.SelectMany(port => new[] { "--set", $"ports[{port}].write={folder}/{port}.pcapng" }), .. arguments]);
    }
}
