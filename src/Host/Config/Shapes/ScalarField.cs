using System.Text.Json.Nodes;
using Weft.Host.Config.Comparison;
using Weft.Host.Config.Document;
using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Shapes;

/// <summary>A key with a single value.</summary>
internal sealed class ScalarField<TSection, T>(string name, string description, Scalar<T> scalar, Action<TSection, Setting<T>> assign)
    : Field<TSection>(name, description) where TSection : Section
{
    private T _default = default!;
    private bool _hasDefault;
    private bool _isRequired;
    private string _absence = "";

    public override bool IsRequired => _isRequired;

    public override string Expected => scalar.Expected;

    public override string DefaultText => _isRequired ? "required" : _hasDefault ? scalar.Write(_default).ToString() : _absence;

    /// <summary>The group is incomplete without the key.</summary>
    public ScalarField<TSection, T> Required()
    {
        _isRequired = true;
        return this;
    }

    /// <summary>The value that counts where the key is absent.</summary>
    public ScalarField<TSection, T> Default(T value)
    {
        (_default, _hasDefault) = (value, true);
        return this;
    }

    /// <summary>In words, what counts where the key is absent and that depends on something else.</summary>
    public ScalarField<TSection, T> IfAbsent(string words)
    {
        _absence = words;
        return this;
    }

    public override void Read(TSection section, Node node, Location at, ProblemList problems) => assign(section, scalar.Read(node, at, problems));

    public override void ApplyDefault(TSection section, Location at) => assign(section, new Setting<T>(_default, at, IsWritten: false, IsKnown: _hasDefault));

    public override void Flatten(Node? node, string path, FlatConfiguration flat)
    {
        if (node is not null)
        {
            flat.Add(path, scalar.Normalize(node), isWritten: true);
        }
        else if (_hasDefault)
        {
            flat.Add(path, scalar.Write(_default).ToString(), isWritten: false);
        }
    }

    public override JsonObject ToSchema(JsonObject definitions)
    {
        JsonObject schema = scalar.Schema();
        schema["description"] = Description;
        if (_hasDefault)
        {
            schema["default"] = scalar.Write(_default);
        }

        return schema;
    }
}
