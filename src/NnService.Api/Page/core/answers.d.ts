// What the service answers, by the path that is asked: made of the OpenAPI document (tests/Page/run), so that a member that is renamed there fails here.
import type { components, paths } from '../openapi';

export type Schemas = components['schemas'];

/** `/api/v1/models/{name}` as `models/${string}`. */
type Pattern<Path> = Path extends `/api/v1/${infer Rest}` ? Filled<Rest> : never;
type Filled<Path extends string> = Path extends `${infer Before}{${string}}${infer After}` ? `${Before}${string}${Filled<After>}` : Path;

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type Operation<Method extends string, Path> = {
  [Key in keyof paths]: Same<Path, Pattern<Key>> extends true ? (Method extends keyof paths[Key] ? paths[Key][Method] : never) : never
}[keyof paths];

type Success<Responses> = Responses[Extract<200 | 201 | 202, keyof Responses>];
type Json<Response> = Response extends { content: { 'application/json': infer Body } } ? Body : never;

/** The JSON of the answer; `unknown` for a path that is not in the document. */
export type Answer<Method extends string, Path> = Path extends unknown
  ? [Operation<Method, Path>] extends [never] ? unknown
  : Operation<Method, Path> extends { responses: infer Responses } ? Json<Success<Responses>> : unknown
  : never;

/** Of one job or study, not in a list: everything is there. */
export type Job = Required<Schemas['TrainingJobResponse']>;
export type Study = Required<Schemas['StudyResponse']>;
export type Version = Schemas['ModelVersionResponse'];
export type Table = Schemas['DatasetResponse'];
export type VersionPath = `models/${string}/versions/${string}`;

/** What a POST starts, and what it answers where it is only thought through: two answers of one path. */
export interface Started {
  'training-jobs': Job;
  studies: Study;
}
export interface Planned {
  'training-jobs': Schemas['TrainingValidationResponse'];
  studies: Schemas['StudyValidationResponse'];
}
