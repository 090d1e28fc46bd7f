using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Weft.Cli.Logging;

/// <summary>Makes a JSON object of every line of text that is written to it, so that a log of objects has nothing else in it.</summary>
internal sealed class JsonLines(TextWriter to, TimeProvider clock) : TextWriter
{
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => to.Encoding;

    public override void Write(char value)
    {
        lock (_line)
        {
            if (value == '\n')
            {
                string message = _line.ToString().TrimEnd('\r');
                _ = _line.Clear();
                to.WriteLine(new JsonObject { ["time"] = clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), ["message"] = message }.ToJsonString(JsonSerializerOptions.Web));
            }
            else
            {
                _ = _line.Append(value);
            }
        }
    }

    public override void Flush()
    {
        lock (_line)
        {
            if (_line.Length > 0)
            {
                Write('\n');
            }
        }

        to.Flush();
    }
}
