using System.Reflection;
using System.Reflection.Emit;

namespace NnService.Api.Tests;

/// <summary>The types that a type names: in its declaration, in those of its members, and in the code of its methods.</summary>
internal static class TypesUsed
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> s_codes =
        typeof(OpCodes).GetFields().Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    public static IEnumerable<Type> By(Type type)
    {
        MethodBase[] methods = [.. type.GetMethods(Declared), .. type.GetConstructors(Declared)];
        IEnumerable<Type?> used =
        [
            type.BaseType, .. type.GetInterfaces(), .. type.GetFields(Declared).Select(field => field.FieldType), .. methods.SelectMany(BySignature),
            .. methods.SelectMany(ByCode),
        ];
        return used.OfType<Type>().SelectMany(Parts);
    }

    private static IEnumerable<Type?> BySignature(MethodBase method) =>
        [.. method.GetParameters().Select(parameter => parameter.ParameterType), (method as MethodInfo)?.ReturnType];

    // ECMA-335 III: an instruction is a code of one or two bytes (the first of two is 0xFE) and an operand, here of interest where it is a token of metadata.
    private static IEnumerable<Type?> ByCode(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
            yield break;
        foreach (var local in body.LocalVariables)
            yield return local.LocalType;
        var code = body.GetILAsByteArray()!;
        for (var at = 0; at < code.Length;)
        {
            var instruction = s_codes[code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at]];
            at += instruction.Size;
            if (instruction.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
                foreach (var used in ByToken(method, BitConverter.ToInt32(code, at)))
                    yield return used;
            at += instruction.OperandType == OperandType.InlineSwitch ? 4 + (4 * BitConverter.ToInt32(code, at)) : SizeOf(instruction.OperandType);
        }
    }

    private static IEnumerable<Type?> ByToken(MethodBase method, int token)
    {
        Type[] ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : [];
        var member = method.Module.ResolveMember(token, method.DeclaringType!.GetGenericArguments(), ofMethod);
        return member switch
        {
            Type type => [type],
            MethodInfo { IsGenericMethod: true } called => [called.DeclaringType, .. called.GetGenericArguments()],
            _ => [member?.DeclaringType],
        };
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];
}
