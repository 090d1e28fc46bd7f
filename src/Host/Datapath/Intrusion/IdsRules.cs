using Weft.Ids;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>
/// The rules of a sensor. Reading and compiling happen in whatever thread asks for them; workers look at
/// <see cref="Current"/> once a vector and take what is new, so a reload neither stops nor slows them.
/// </summary>
public sealed class IdsRules
{
    private readonly IdsRuleFiles _files;
    private volatile IdsRuleGeneration _current;

    private IdsRules(IdsRuleFiles files, IdsRuleGeneration current) => (_files, _current) = (files, current);

    /// <summary>The rules in force.</summary>
    public IdsRuleGeneration Current => _current;

    /// <summary>Reads and compiles rules.</summary>
    /// <exception cref="SwitchStartException">A file cannot be read; the message names it.</exception>
    public static IdsRules Load(IdsRuleFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return new IdsRules(files, IdsRuleGeneration.Read(files, number: 1));
    }

    /// <summary>Rules from text instead of files, which cannot be reloaded.</summary>
    public static IdsRules FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var files = new IdsRuleFiles { Files = [] };
        return new IdsRules(files, IdsRuleGeneration.Compile(files, System.Text.Encoding.UTF8.GetBytes(text), [], number: 1));
    }

    /// <summary>Reads the files again. Rules that cannot be taken are left out as at the start; the others are in force from each worker's next vector.</summary>
    /// <returns>The rules that are in force now.</returns>
    /// <exception cref="SwitchStartException">A file cannot be read; the rules stay as they are.</exception>
    public IdsRuleGeneration Reload()
    {
        lock (_files)
        {
            if (_files.Files.Count > 0)
            {
                _current = IdsRuleGeneration.Read(_files, _current.Number + 1);
            }

            return _current;
        }
    }
}
