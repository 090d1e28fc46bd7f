using System.Globalization;
using Weft.Host.Observe;

namespace Weft.Cli.Views;

/// <summary>The last change of the configuration for people.</summary>
internal static class ReloadView
{
    public static void Write(ReloadSnapshot? reload)
    {
        if (reload is not null)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Change {reload.Number} ({reload.Cause.ToString().ToLowerInvariant()}) at {reload.At:u}: built in {reload.BuildMilliseconds:0.0} ms beside the workers, which stood still for {reload.StopMilliseconds:0.00} ms (longest since the start {reload.LongestStopMilliseconds:0.00} ms)."));
            Console.WriteLine();
        }
    }
}
